//! The log entries that the caller may see.

use axum::extract::State;
use clausa_api::log::{LogPage, LogQuery};
use clausa_api::{Problem, ProblemType, paths};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiError, ApiJson, ApiQuery, ApiResult};
use crate::request::Caller;
use crate::state::AppState;
use crate::usecase::read_log::{self, ReadLogError};

/// The log.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(read))
}

impl From<ReadLogError> for ApiError {
    fn from(error: ReadLogError) -> Self {
        match error {
            ReadLogError::PageSize => Self::new(ProblemType::InvalidRequest).detail("limit: 1 to 1000"),
            ReadLogError::Failed(failure) => failure.into(),
        }
    }
}

/// One page of the caller's own acts and of everything about the caller's files.
#[utoipa::path(get, path = paths::LOG, tag = "log", params(LogQuery),
    responses(
        (status = 200, description = "A page, in the order of the sequence numbers", body = LogPage),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn read(
    State(state): State<AppState>,
    caller: Caller,
    ApiQuery(query): ApiQuery<LogQuery>,
) -> ApiResult<ApiJson<LogPage>> {
    Ok(ApiJson(read_log::read_log(&state, &caller, &query).await?))
}
