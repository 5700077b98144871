//! The key set of the caller's tenant.

use axum::extract::State;
use clausa_api::device::KeySetAnswer;
use clausa_api::{Bytes, Problem, paths};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiJson, ApiResult};
use crate::request::Caller;
use crate::state::AppState;
use crate::usecase::tenant_keys;

/// The key set.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(keys))
}

/// The signed key set of the caller's tenant: what to wrap new files for, and whose signatures to accept.
#[utoipa::path(get, path = paths::KEYS, tag = "publishing",
    responses(
        (status = 200, description = "The current key set", body = KeySetAnswer),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn keys(State(state): State<AppState>, caller: Caller) -> ApiResult<ApiJson<KeySetAnswer>> {
    let key_set = tenant_keys::current_key_set(&state, &caller).await?;
    Ok(ApiJson(KeySetAnswer {
        key_set: Bytes(key_set),
    }))
}
