//! Tokens (RFC 6749, 7009, 9449). The page of the authorisation code flow is in [`crate::pages`].

mod revoke;
mod token;

use clausa_api::ProblemType;
use utoipa_axum::router::OpenApiRouter;

use super::ApiError;
use crate::state::AppState;
use crate::usecase::sign_in::SignInError;

/// Getting, renewing and giving up tokens.
pub fn routes() -> OpenApiRouter<AppState> {
    token::routes().merge(revoke::routes())
}

impl From<SignInError> for ApiError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Malformed(rule) => Self::new(ProblemType::InvalidRequest).detail(rule),
            SignInError::Refused => Self::new(ProblemType::SignInRefused),
            SignInError::SecondFactor { ticket } => Self::new(ProblemType::SecondFactorNeeded)
                .ticket(ticket)
                .detail("show a code of the authenticator, or a recovery code"),
            SignInError::CodeWrong { tries_left } => Self::new(ProblemType::CodeWrong).tries_left(tries_left),
            SignInError::CodeVoid => {
                Self::new(ProblemType::CodeVoid).detail("ask for a new mail and type its code")
            }
            SignInError::Hash(error) => error.into(),
            SignInError::Failed(failure) => failure.into(),
        }
    }
}
