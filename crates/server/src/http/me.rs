//! Who is signed in.

use axum::extract::State;
use clausa_api::identity::Identity;
use clausa_api::{Problem, paths};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiJson, ApiResult};
use crate::request::Caller;
use crate::state::AppState;
use crate::usecase::read_identity;

/// The signed-in person.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(me))
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
