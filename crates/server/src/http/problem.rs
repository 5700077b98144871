//! The one place where refusals become problem documents (RFC 9457).

use std::error::Error;
use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use clausa_api::problem::MEDIA_TYPE;
use clausa_api::{Problem, ProblemType};
use clausa_core::random::RandomnessFailed;
use clausa_store::{Denied, StoreError};

use crate::texts::Phrase;
use crate::usecase::failure::Failure;
use crate::usecase::step_up::Needed;

/// A refusal on its way out. Every handler's error becomes one, usually by `From` in the endpoint's own file.
#[derive(Clone, Debug)]
pub struct ApiError {
    /// Boxed, because every handler's result carries the room for it.
    problem: Box<Problem>,
    kind: ProblemType,
    /// What pages say about it.
    told: Option<Box<Phrase>>,
    cause: Option<Arc<dyn Error + Send + Sync>>,
}

/// What a handler returns.
pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    /// A refusal that says nothing particular.
    pub fn new(kind: ProblemType) -> Self {
        Self {
            problem: Box::new(Problem::new(kind)),
            kind,
            told: None,
            cause: None,
        }
    }

    /// The authority's own failure. The cause is recorded and never told.
    pub fn internal(cause: impl Error + Send + Sync + 'static) -> Self {
        Self {
            cause: Some(Arc::new(cause)),
            ..Self::new(ProblemType::Internal)
        }
    }

    /// The authority is overloaded or a dependency does not answer; the same request may work in `seconds`.
    pub fn unavailable(seconds: u32) -> Self {
        Self::new(ProblemType::Unavailable).retry_after(seconds)
    }

    /// Adds what happened and what to do next.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.problem.detail = Some(detail.into());
        self
    }

    /// Adds the rule that was broken as pages tell it, in the reader's language.
    #[must_use]
    pub fn told(mut self, phrase: Phrase) -> Self {
        self.told = Some(Box::new(phrase));
        self
    }

    /// Adds whom to ask.
    #[must_use]
    pub fn contact(mut self, contact: impl Into<String>) -> Self {
        self.problem.contact = Some(contact.into());
        self
    }

    /// Adds the right that was missing.
    #[must_use]
    pub fn right(mut self, right: impl Into<String>) -> Self {
        self.problem.right = Some(right.into());
        self
    }

    /// Adds the time from which or until which access was given, seconds since 1970.
    #[must_use]
    pub fn at(mut self, seconds: u64) -> Self {
        self.problem.at = Some(seconds);
        self
    }

    /// Adds how many wrong codes may still be typed.
    #[must_use]
    pub fn tries_left(mut self, tries: u8) -> Self {
        self.problem.tries_left = Some(tries);
        self
    }

    /// Adds the name of the sign-in that waits for its second factor.
    #[must_use]
    pub fn ticket(mut self, ticket: String) -> Self {
        self.problem.ticket = Some(ticket);
        self
    }

    /// Adds the seconds to wait before trying again, also as a header.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.problem.retry_after = Some(seconds);
        self
    }

    /// Why the request was refused.
    pub fn kind(&self) -> ProblemType {
        self.kind
    }

    /// The document, without the request's id, which the outermost layer adds.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// The rule that was broken, for pages.
    pub fn told_as(&self) -> Option<&Phrase> {
        self.told.as_deref()
    }

    /// The document for a part of an answer, which has no request id of its own. The cause is recorded here.
    pub fn into_problem(self) -> Problem {
        self.record();
        *self.problem
    }

    /// Writes the cause, which is never told, into the trace.
    pub(crate) fn record(&self) {
        if let Some(cause) = &self.cause {
            tracing::error!(
                cause = chain(cause.as_ref()),
                problem = self.kind.code(),
                "request failed"
            );
        }
    }
}

impl ApiError {
    fn unwritable(cause: StoreError, detail: &str) -> Self {
        Self {
            cause: Some(Arc::new(cause)),
            ..Self::unavailable(UNWRITABLE_SECONDS).detail(detail)
        }
    }
}

/// How long to wait before asking an authority again whose database cannot be written.
const UNWRITABLE_SECONDS: u32 = 15;

impl From<ProblemType> for ApiError {
    fn from(kind: ProblemType) -> Self {
        Self::new(kind)
    }
}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Denied(denied) => denied.into(),
            Failure::StepUp(Needed::Fresh) => Self::new(ProblemType::StepUpNeeded)
                .detail("show again that it is you; what that takes is told at /v1/step-up"),
            Failure::StepUp(Needed::PhishingResistant) => Self::new(ProblemType::StepUpNeeded)
                .detail("sign in with a passkey in the browser, then try again within five minutes"),
            Failure::RateLimited { seconds } => Self::new(ProblemType::RateLimited).retry_after(seconds),
            Failure::Store(error) => error.into(),
            other => Self::internal(other),
        }
    }
}

impl From<Denied> for ApiError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::DeviceNeeded => Self::new(ProblemType::DeviceUnknown).detail("enrol this device first"),
            Denied::NotPermitted => Self::new(ProblemType::NotPermitted),
            Denied::FactorNeeded => Self::new(ProblemType::FactorNeeded)
                .detail("add an authenticator (clausa factors) or a passkey, and show it; then go on"),
            // What belongs to somebody else does not exist for the caller.
            _ => Self::new(ProblemType::NotFound),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy
            | StoreError::TooLong
            | StoreError::Closed
            | StoreError::Unreachable(_)
            | StoreError::Uncertain => Self {
                cause: Some(Arc::new(error)),
                ..Self::unavailable(1)
            },
            // What cannot be recorded is not done (SEC-106); the operator has to act, so there is no hurry.
            StoreError::Full => Self::unwritable(
                error,
                "no space is left for the authority's records; nothing was done",
            ),
            StoreError::Unwritable(_) | StoreError::ReadOnly => {
                Self::unwritable(error, "the authority cannot write its records; nothing was done")
            }
            other => Self::internal(other),
        }
    }
}

impl From<RandomnessFailed> for ApiError {
    fn from(error: RandomnessFailed) -> Self {
        Self::internal(error)
    }
}

/// The refusal travels as an extension of an empty response; the outermost layer writes the document, because only
/// it knows the request's id.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = status(self.kind).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the problem document of a refused request. Refusals of the framework itself (no such path, wrong method,
/// body too large) become documents too; pages that were refused as HTML pass as they are.
pub(super) fn render(mut response: Response, request_id: &str) -> Response {
    let refused = response.status().is_client_error() || response.status().is_server_error();
    let error = match response.extensions_mut().remove::<ApiError>() {
        Some(error) => error,
        None if refused && !has_document(&response) => ApiError::new(kind_of(response.status())),
        None => return response,
    };
    error.record();
    let problem = Problem {
        instance: Some(request_id.to_owned()),
        ..*error.problem
    };
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let mut document = (status(error.kind), [(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response();
    if let Some(seconds) = problem.retry_after {
        document
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    // RFC 9110 §15.5.6 and §15.5.2 want these two headers.
    if let Some(allow) = response.headers().get(header::ALLOW) {
        document.headers_mut().insert(header::ALLOW, allow.clone());
    }
    if error.kind.status() == 401 {
        document.headers_mut().insert(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static("DPoP algs=\"ES256\""),
        );
    }
    document
}

fn status(kind: ProblemType) -> StatusCode {
    StatusCode::from_u16(kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn has_document(response: &Response) -> bool {
    let media_type = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    media_type.is_some_and(|text| text.starts_with("text/html") || text.starts_with("application/"))
}

fn kind_of(status: StatusCode) -> ProblemType {
    match status {
        StatusCode::NOT_FOUND => ProblemType::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ProblemType::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => ProblemType::TooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ProblemType::MediaTypeUnsupported,
        StatusCode::SERVICE_UNAVAILABLE => ProblemType::Unavailable,
        status if status.is_server_error() => ProblemType::Internal,
        _ => ProblemType::InvalidRequest,
    }
}

/// An error with its causes, for the authority's own record.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use axum::response::IntoResponse;
    use clausa_api::{Problem, ProblemType};
    use clausa_store::StoreError;

    use super::{ApiError, render, status};

    async fn document(response: axum::response::Response) -> Problem {
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    #[test]
    fn every_problem_has_a_status_that_http_knows() {
        for kind in ProblemType::ALL {
            assert_eq!(status(*kind).as_u16(), kind.status());
        }
    }

    #[tokio::test]
    async fn an_internal_failure_tells_only_the_request_id() {
        // SEC-103
        let error = ApiError::internal(std::io::Error::other("the secret path /var/x"));
        let problem = document(render(error.into_response(), "0123")).await;
        assert_eq!(
            problem,
            Problem {
                instance: Some("0123".to_owned()),
                ..Problem::new(ProblemType::Internal)
            }
        );
    }

    #[tokio::test]
    async fn a_full_disk_is_told_with_a_time_to_wait() {
        // SEC-105
        let response = render(ApiError::from(StoreError::Full).into_response(), "1");
        assert_eq!(response.headers()["retry-after"], "15");
        let problem = document(response).await;
        assert_eq!(problem.problem_type(), Some(ProblemType::Unavailable));
        assert!(
            problem
                .detail
                .is_some_and(|detail| detail.contains("no space is left"))
        );
    }

    #[tokio::test]
    async fn what_the_framework_refuses_becomes_a_document() {
        let response = render(StatusCode::NOT_FOUND.into_response(), "1");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert_eq!(
            document(response).await.problem_type(),
            Some(ProblemType::NotFound)
        );
        let page = render(
            (StatusCode::NOT_FOUND, axum::response::Html("<p>no")).into_response(),
            "1",
        );
        assert!(
            page.headers()["content-type"]
                .to_str()
                .unwrap()
                .starts_with("text/html")
        );
    }
}
