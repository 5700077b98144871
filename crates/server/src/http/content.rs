//! What the authority knows of a file.

use axum::extract::State;
use clausa_api::content::Content;
use clausa_api::{Problem, ProblemType, paths};
use clausa_core::id::ContentId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiError, ApiJson, ApiPath, ApiResult};
use crate::request::Caller;
use crate::state::AppState;
use crate::usecase::read_content::{self, ContentError};

/// One file.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(read))
}

impl From<ContentError> for ApiError {
    fn from(error: ContentError) -> Self {
        match error {
            ContentError::NotFound => Self::new(ProblemType::NotFound),
            ContentError::Failed(failure) => failure.into(),
        }
    }
}

/// What the authority knows of one of the caller's own files, the recipients included.
#[utoipa::path(get, path = paths::CONTENT, tag = "contents",
    params(("id" = String, Path, description = "The file's identifier")),
    responses(
        (status = 200, description = "The file", body = Content),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-found: there is none, or it is somebody else's", body = Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn read(
    State(state): State<AppState>,
    caller: Caller,
    ApiPath(content): ApiPath<ContentId>,
) -> ApiResult<ApiJson<Content>> {
    Ok(ApiJson(
        read_content::read_content(&state, &caller, content).await?,
    ))
}
