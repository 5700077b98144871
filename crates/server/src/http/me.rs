//! Who is signed in.

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use clausa_api::export::EXPORT_TYPE;
use clausa_api::identity::Identity;
use clausa_api::{Problem, paths};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiError, ApiJson, ApiResult};
use crate::request::Caller;
use crate::state::AppState;
use crate::usecase::export::{self, Export, ExportError};
use crate::usecase::read_identity;

/// The signed-in person.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(me))
        .routes(routes!(export_all))
}

/// Who is signed in.
#[utoipa::path(get, path = paths::ME, tag = "identity",
    responses(
        (status = 200, description = "The signed-in person", body = Identity),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn me(State(state): State<AppState>, caller: Caller) -> ApiResult<ApiJson<Identity>> {
    Ok(ApiJson(read_identity::read_identity(&state, &caller).await?))
}

/// Everything that the authority knows about the signed-in person, as JSON Lines: each line an object with one member that
/// says what it is. The first is `export`; without an `end` as the last, it was cut short.
#[utoipa::path(get, path = paths::ME_EXPORT, tag = "identity",
    responses(
        (status = 200, description = "One line for each thing", body = String, content_type = EXPORT_TYPE),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "step-up-needed", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn export_all(State(state): State<AppState>, caller: Caller) -> ApiResult<Response> {
    Ok(download(export::export(&state, &(&caller).into()).await?))
}

/// An export as it is sent, to be kept and not shown.
pub(crate) fn download(export: Export) -> Response {
    let headers = [
        (header::CONTENT_TYPE, EXPORT_TYPE),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"clausa-account.jsonl\"",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, Body::from_stream(export.stream())).into_response()
}

impl From<ExportError> for ApiError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Sessions(error) => error.into(),
            ExportError::Devices(error) => error.into(),
            ExportError::Factors(error) => error.into(),
            ExportError::Failed(failure) => failure.into(),
        }
    }
}
