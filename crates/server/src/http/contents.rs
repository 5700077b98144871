//! Registering a published file.

use axum::extract::State;
use clausa_api::content::{Content, RegisterContentRequest};
use clausa_api::{Problem, ProblemType, paths};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiError, ApiJson, ApiResult};
use crate::request::Caller;
use crate::state::AppState;
use crate::usecase::register_content::{self, ContentRefusal, RegisterContentError};

/// Registration.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(register))
}

impl From<RegisterContentError> for ApiError {
    fn from(error: RegisterContentError) -> Self {
        match error {
            RegisterContentError::FileName => Self::new(ProblemType::InvalidRequest)
                .detail("file_name: 1 to 255 bytes without control characters"),
            RegisterContentError::Refused(refusal @ ContentRefusal::NotPublisher) => {
                Self::new(refusal.problem())
                    .detail("a file is registered by the account that protected it, in the same organisation")
            }
            RegisterContentError::Refused(refusal) => Self::new(refusal.problem()),
            RegisterContentError::Failed(failure) => failure.into(),
        }
    }
}

/// Registers a file that the caller has protected, offline or just now. The first licence for a content id wins.
#[utoipa::path(post, path = paths::CONTENTS, tag = "contents", request_body = RegisterContentRequest,
    responses(
        (status = 200, description = "What the authority now knows of the file", body = Content),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "not-permitted, device-unknown", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "content-conflict", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "too-large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "media-type-unsupported", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "licence-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn register(
    State(state): State<AppState>,
    caller: Caller,
    ApiJson(request): ApiJson<RegisterContentRequest>,
) -> ApiResult<ApiJson<Content>> {
    let licence = request.publishing_licence.0;
    Ok(ApiJson(
        register_content::register_content(&state, &caller, &licence, request.file_name).await?,
    ))
}
