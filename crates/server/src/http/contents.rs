//! Registering published files.

use axum::extract::State;
use clausa_api::content::{
    Content, MAX_REGISTRATIONS, RegisterContentRequest, RegisterContentsAnswer, RegisterContentsRequest,
    RegistrationResult,
};
use clausa_api::{Problem, ProblemType, paths};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiError, ApiJson, ApiResult};
use crate::request::Caller;
use crate::state::AppState;
use crate::usecase::register_content::{self, ContentRefusal, PublishedFile, RegisterContentError};

/// Registration.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(register))
        .routes(routes!(register_several))
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
            RegisterContentError::Refused(ContentRefusal::Controlled(controlled)) => (*controlled).into(),
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
        (status = 403, description = "not-permitted, device-unknown, protecting-refused, receiving-refused", body = Problem, content_type = "application/problem+json"),
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

/// Registers up to 128 files that the caller has protected. Each is taken or refused for itself, and stands in the log
/// as if it had come alone.
#[utoipa::path(post, path = paths::CONTENTS_BATCH, tag = "contents", request_body = RegisterContentsRequest,
    responses(
        (status = 200, description = "What became of each file, in the order of the request. Its problem is one of \
            invalid-request, not-permitted, protecting-refused, receiving-refused, content-conflict, licence-invalid, rate-limited, unavailable",
            body = RegisterContentsAnswer),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "not-permitted, device-unknown", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "too-large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "media-type-unsupported", body = Problem, content_type = "application/problem+json"),
    ))]
async fn register_several(
    State(state): State<AppState>,
    caller: Caller,
    ApiJson(request): ApiJson<RegisterContentsRequest>,
) -> ApiResult<ApiJson<RegisterContentsAnswer>> {
    if !(1..=MAX_REGISTRATIONS).contains(&request.contents.len()) {
        return Err(ApiError::new(ProblemType::InvalidRequest)
            .detail(format!("contents: 1 to {MAX_REGISTRATIONS} files")));
    }
    let files = request.contents.into_iter().map(|file| PublishedFile {
        licence: file.publishing_licence.0,
        file_name: file.file_name,
    });
    let answers = register_content::register_contents(&state, &caller, files.collect()).await?;
    let results = answers.into_iter().map(|answer| RegistrationResult {
        problem: answer.err().map(|error| ApiError::from(error).into_problem()),
    });
    Ok(ApiJson(RegisterContentsAnswer {
        results: results.collect(),
    }))
}
