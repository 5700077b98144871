//! Sign-up in steps.

mod begin;
mod handover;
mod mail;
mod profile;
mod proof;
mod state;

use clausa_api::{Bytes, ProblemType};
use utoipa_axum::router::OpenApiRouter;

use super::{ApiError, ApiResult};
use crate::state::AppState;
use crate::texts::Phrase;
use crate::usecase::passwords::HashError;
use crate::usecase::signup::{Claim, SignupError};

/// The steps of a sign-up.
pub fn routes() -> OpenApiRouter<AppState> {
    begin::routes()
        .merge(state::routes())
        .merge(proof::routes())
        .merge(mail::routes())
        .merge(profile::routes())
        .merge(handover::routes())
}

/// The sign-up of a path, and the verifier shown for it. An id that cannot be one names nothing.
fn claim(id: &str, verifier: &Bytes) -> ApiResult<Claim> {
    let id = id.parse().map_err(|_| SignupError::Unknown)?;
    Ok(Claim::new(id, &secret(verifier, "verifier has 32 bytes")?))
}

/// 32 bytes, or the rule.
pub(super) fn secret(bytes: &Bytes, rule: &'static str) -> ApiResult<[u8; 32]> {
    bytes
        .as_ref()
        .try_into()
        .map_err(|_| ApiError::new(ProblemType::InvalidRequest).detail(rule))
}

/// With what the organisation's administrator has people told.
fn joining_refused(
    detail: String,
    [alone, with_contact]: [&'static str; 2],
    organisation: String,
    contact: Option<String>,
) -> ApiError {
    let refused = ApiError::new(ProblemType::JoiningRefused);
    let told = |key| Phrase::new(key).marked("organisation", organisation);
    match contact {
        Some(contact) => refused
            .detail(format!("{detail}: {contact}"))
            .told(told(with_contact).marked("contact", contact.clone()))
            .contact(contact),
        None => refused.detail(detail).told(told(alone)),
    }
}

impl From<SignupError> for ApiError {
    fn from(error: SignupError) -> Self {
        match error {
            SignupError::Unknown => Self::new(ProblemType::NotFound)
                .detail("there is no such sign-up, or it was begun by somebody else; begin again")
                .told(Phrase::new("refused-signup-unknown")),
            SignupError::OutOfOrder => {
                Self::new(ProblemType::StepOutOfOrder).detail("ask for the state of the sign-up")
            }
            SignupError::HandoverVoid => Self::new(ProblemType::CodeVoid)
                .detail("the token was used, or is too old; ask for a new one where the sign-up began")
                .told(Phrase::new("refused-handover-void")),
            SignupError::AddressInvalid(rule) => Self::new(ProblemType::AddressInvalid)
                .detail(rule.to_string())
                .told(Phrase::new(rule.text_key())),
            SignupError::AddressRefused(rule) => Self::new(ProblemType::AddressRefused)
                .detail(rule.to_string())
                .told(Phrase::new(rule.text_key())),
            SignupError::AccountExists { organisation } => Self::new(ProblemType::AccountExists)
                .detail(format!(
                    "{organisation} runs its own accounts, and you have one: sign in"
                ))
                .told(Phrase::new("refused-account-exists").marked("organisation", organisation)),
            SignupError::JoiningRefused {
                organisation,
                contact,
            } => {
                let detail = format!("{organisation} runs its own accounts: ask your administrator for one");
                let texts = ["refused-joining", "refused-joining-contact"];
                joining_refused(detail, texts, organisation, contact)
            }
            SignupError::FreePlanRefused {
                organisation,
                contact,
            } => {
                let detail = format!("{organisation} takes nobody in by self-service on its present plan");
                let texts = ["refused-free-plan", "refused-free-plan-contact"];
                joining_refused(detail, texts, organisation, contact)
            }
            SignupError::CodeMalformed => Self::new(ProblemType::InvalidRequest)
                .detail("the code has eight digits")
                .told(Phrase::new("refused-code-malformed")),
            SignupError::CodeWrong { tries_left } => Self::new(ProblemType::CodeWrong).tries_left(tries_left),
            SignupError::CodeVoid => {
                Self::new(ProblemType::CodeVoid).detail("ask for a new mail and type its code")
            }
            SignupError::NameRefused => Self::new(ProblemType::InvalidRequest)
                .detail("a name has at most 100 printable characters")
                .told(Phrase::new("refused-name")),
            SignupError::PasswordRefused(rule) => Self::new(ProblemType::PasswordRefused)
                .detail(rule.to_string())
                .told(Phrase::new(rule.text_key())),
            SignupError::Hash(error) => error.into(),
            SignupError::Failed(failure) => failure.into(),
        }
    }
}

impl From<HashError> for ApiError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy => Self::unavailable(2),
            HashError::Breached(error) => {
                tracing::error!(%error, "an administrator's new password cannot be looked up");
                Self::unavailable(60).detail("new passwords cannot be looked up among the breached ones now")
            }
            other => Self::internal(other),
        }
    }
}
