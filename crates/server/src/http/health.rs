//! Whether the process runs and whether it can serve.

use axum::extract::State;
use axum::http::StatusCode;
use clausa_api::{Problem, paths};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::{ApiError, ApiResult};
use crate::state::AppState;
use crate::usecase::check_store;

/// The two probes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(live)).routes(routes!(ready))
}

/// The process runs.
#[utoipa::path(get, path = paths::HEALTH_LIVE, tag = "service", security(()),
    responses((status = 204, description = "The process runs")))]
async fn live() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// The process can serve: its database takes writes.
#[utoipa::path(get, path = paths::HEALTH_READY, tag = "service", security(()),
    responses(
        (status = 204, description = "The database takes writes, as of a few seconds ago"),
        (status = 503, description = "It does not, or the process is stopping", body = Problem,
            content_type = "application/problem+json"),
    ))]
async fn ready(State(state): State<AppState>) -> ApiResult<StatusCode> {
    match !state.is_stopping() && check_store::is_writable(&state).await {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::unavailable(1)),
    }
}
