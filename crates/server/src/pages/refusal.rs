//! Refusals as people read them, in their language: on the form that was sent, or on a page of its own. Each says
//! which rule was broken, what can be done, and whom to ask.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use clausa_api::ProblemType;

use super::shell::{Frame, page_with_status};
use crate::http::ApiError;
use crate::texts::{Language, Phrase};

/// What a form shows above its fields.
pub(crate) struct Wrong {
    /// Which rule was broken, as HTML.
    pub(super) what: String,
    /// What can be done.
    pub(super) help: String,
    /// The `id` of the field to mend, if it is one of them.
    pub(super) field: Option<&'static str>,
}

impl Wrong {
    /// Tells a refusal, in the language of the page.
    pub(crate) fn of(frame: &Frame, error: &ApiError) -> Self {
        Self {
            what: what(frame.language, error),
            help: help(error.kind()).text(frame.language),
            field: None,
        }
    }

    /// Leads to the field to mend.
    #[must_use]
    pub(crate) fn at(self, field: &'static str) -> Self {
        Self {
            field: Some(field),
            ..self
        }
    }

    /// True for the field to mend: `aria-invalid`.
    pub(super) fn is_at(&self, field: &str) -> bool {
        self.field == Some(field)
    }
}

#[derive(Template)]
#[template(path = "pages/message.html")]
struct Message {
    frame: Frame,
    title: String,
    /// HTML.
    what: Option<String>,
    help: String,
    /// The request's id, for a failure of ours.
    number: Option<String>,
    link: Option<(&'static str, String)>,
}

/// A page that says that something cannot go on, without a way on from here.
pub(super) fn stop(frame: Frame, title: &'static str, text: &'static str) -> Response {
    let message = Message {
        title: frame.t(title),
        what: None,
        help: frame.t(text),
        number: None,
        link: None,
        frame,
    };
    page_with_status(StatusCode::BAD_REQUEST, &message, None).unwrap_or_else(IntoResponse::into_response)
}

/// A refusal on a page of its own. Of a failure of ours only the request's id is told (`SEC-103`).
pub(super) fn page(frame: Frame, error: ApiError, id: Option<&str>) -> Response {
    error.record();
    let kind = error.kind();
    let is_ours = matches!(kind, ProblemType::Internal | ProblemType::Unavailable);
    let message = Message {
        title: title(kind).text(frame.language),
        what: error.told_as().is_some().then(|| what(frame.language, &error)),
        help: help(kind).text(frame.language),
        number: id.filter(|id| is_ours && !id.is_empty()).map(str::to_owned),
        link: Some(("/signup", frame.t("problem-back"))),
        frame,
    };
    let mut response =
        page_with_status(status_of(kind), &message, None).unwrap_or_else(IntoResponse::into_response);
    if let Some(seconds) = error.problem().retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Which rule was broken, and how often or when it may be tried again; HTML.
fn what(language: Language, error: &ApiError) -> String {
    let problem = error.problem();
    let rule = match error.told_as() {
        Some(phrase) => phrase.html(language),
        None => format!("{}.", title(error.kind()).html(language)),
    };
    let again = match (problem.tries_left, problem.retry_after) {
        (Some(tries), _) => Phrase::new("problem-tries-left").count("tries", u32::from(tries)),
        (None, Some(seconds)) => wait(seconds),
        (None, None) => return rule,
    };
    format!("{rule} {}", again.html(language))
}

fn wait(seconds: u32) -> Phrase {
    match seconds {
        0..=90 => Phrase::new("problem-wait-seconds").count("seconds", seconds.max(1)),
        _ => Phrase::new("problem-wait-minutes").count("minutes", seconds.div_ceil(60)),
    }
}

/// The status of a page, with or without a refusal on it.
pub(crate) fn status(error: Option<&ApiError>) -> StatusCode {
    error.map_or(StatusCode::OK, |error| status_of(error.kind()))
}

fn status_of(kind: ProblemType) -> StatusCode {
    StatusCode::from_u16(kind.status()).unwrap_or(StatusCode::BAD_REQUEST)
}

macro_rules! problem_texts {
    ($($kind:ident = $title:literal, $help:literal;)*) => {
        fn title(kind: ProblemType) -> Phrase {
            Phrase::new(match kind {
                $(ProblemType::$kind => $title,)*
                _ => "problem-invalid-request",
            })
        }

        fn help(kind: ProblemType) -> Phrase {
            Phrase::new(match kind {
                $(ProblemType::$kind => $help,)*
                _ => "problem-invalid-request-help",
            })
        }
    };
}

problem_texts! {
    InvalidRequest = "problem-invalid-request", "problem-invalid-request-help";
    AddressInvalid = "problem-address-invalid", "problem-address-invalid-help";
    AddressRefused = "problem-address-refused", "problem-address-refused-help";
    JoiningRefused = "problem-joining-refused", "problem-joining-refused-help";
    AccountExists = "problem-account-exists", "problem-account-exists-help";
    PasswordRefused = "problem-password-refused", "problem-password-refused-help";
    CodeWrong = "problem-code-wrong", "problem-code-wrong-help";
    CodeVoid = "problem-code-void", "problem-code-void-help";
    StepOutOfOrder = "problem-step-out-of-order", "problem-step-out-of-order-help";
    NotSignedIn = "problem-not-signed-in", "problem-not-signed-in-help";
    SignInRefused = "problem-sign-in-refused", "problem-sign-in-refused-help";
    ProofInvalid = "problem-proof-invalid", "problem-proof-invalid-help";
    DeviceUnknown = "problem-device-unknown", "problem-device-unknown-help";
    StepUpNeeded = "problem-step-up-needed", "problem-step-up-needed-help";
    SecondFactorNeeded = "problem-second-factor-needed", "problem-second-factor-needed-help";
    NotPermitted = "problem-not-permitted", "problem-not-permitted-help";
    NotNamed = "problem-not-named", "problem-not-named-help";
    RightMissing = "problem-right-missing", "problem-right-missing-help";
    NotYetValid = "problem-not-yet-valid", "problem-not-yet-valid-help";
    AccessExpired = "problem-access-expired", "problem-access-expired-help";
    AccessRevoked = "problem-access-revoked", "problem-access-revoked-help";
    LicenceInvalid = "problem-licence-invalid", "problem-licence-invalid-help";
    ContentConflict = "problem-content-conflict", "problem-content-conflict-help";
    ClaimRefused = "problem-claim-refused", "problem-claim-refused-help";
    ClaimUnproven = "problem-claim-unproven", "problem-claim-unproven-help";
    FactorNeeded = "problem-factor-needed", "problem-factor-needed-help";
    ProtectingRefused = "problem-protecting-refused", "problem-protecting-refused-help";
    ReceivingRefused = "problem-receiving-refused", "problem-receiving-refused-help";
    LastAdministrator = "problem-last-administrator", "problem-last-administrator-help";
    ClosingRefused = "problem-closing-refused", "problem-closing-refused-help";
    NotFound = "problem-not-found", "problem-not-found-help";
    MethodNotAllowed = "problem-method-not-allowed", "problem-method-not-allowed-help";
    TooLarge = "problem-too-large", "problem-too-large-help";
    MediaTypeUnsupported = "problem-media-type-unsupported", "problem-media-type-unsupported-help";
    WrongHost = "problem-wrong-host", "problem-wrong-host-help";
    RateLimited = "problem-rate-limited", "problem-rate-limited-help";
    Internal = "problem-internal", "problem-internal-help";
    Unavailable = "problem-unavailable", "problem-unavailable-help";
}

#[cfg(test)]
mod tests;
