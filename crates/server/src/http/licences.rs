//! Asking for a use licence.

use axum::extract::State;
use clausa_api::licence::{LicenceAnswer, LicenceRequest};
use clausa_api::{Bytes, Problem, ProblemType, paths};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiError, ApiJson, ApiResult};
use crate::request::Caller;
use crate::state::AppState;
use crate::usecase::issue_licence::{self, IssueLicenceError, LicenceOrder, LicenceRefusal};

/// Use licences.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(issue))
}

impl From<IssueLicenceError> for ApiError {
    fn from(error: IssueLicenceError) -> Self {
        match error {
            IssueLicenceError::Refused(refusal) => refusal.into(),
            IssueLicenceError::Failed(failure) => failure.into(),
        }
    }
}

impl From<LicenceRefusal> for ApiError {
    fn from(refusal: LicenceRefusal) -> Self {
        let mut error = Self::new(refusal.problem);
        if let Some(owner) = &refusal.owner {
            error = error
                .contact(owner.as_str())
                .detail(format!("ask the owner, {owner}"));
        }
        if let Some(right) = refusal.right {
            error = error.right(right.as_str());
        }
        if let Some(at) = refusal.at {
            error = error.at(at.seconds());
        }
        error
    }
}

/// Asks for a use licence for the device whose key signed this request's proof. The licence is in the log before it
/// is in the answer, and so is a refusal.
#[utoipa::path(post, path = paths::LICENCES, tag = "licences", request_body = LicenceRequest,
    responses(
        (status = 200, description = "The licence, sealed to the calling device", body = LicenceAnswer),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "not-named, right-missing, not-yet-valid, access-expired, access-revoked, \
            device-unknown; `contact` is the owner", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "content-conflict", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "too-large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "media-type-unsupported", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "licence-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn issue(
    State(state): State<AppState>,
    caller: Caller,
    ApiJson(request): ApiJson<LicenceRequest>,
) -> ApiResult<ApiJson<LicenceAnswer>> {
    let nonce = request
        .nonce
        .0
        .try_into()
        .map_err(|_| ApiError::new(ProblemType::InvalidRequest).detail("nonce: 16 bytes"))?;
    let order = LicenceOrder {
        publishing_licence: request.publishing_licence.0,
        nonce,
        purpose: request.purpose,
    };
    let issued = issue_licence::issue_licence(&state, &caller, order).await?;
    Ok(ApiJson(LicenceAnswer {
        use_licence: Bytes(issued.use_licence),
        certificate: Bytes(issued.certificate),
    }))
}
