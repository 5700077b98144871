//! What this authority says of itself.

use axum::extract::State;
use clausa_api::service::{CONTRACT_VERSION, ServiceDescription};
use clausa_api::{Bytes, paths};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::ApiJson;
use crate::state::AppState;
use crate::usecase::CODE_SECONDS;

/// The service description.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(describe))
}

/// Origin, roots and version. Clients pin the roots when they begin to trust this authority.
#[utoipa::path(get, path = paths::WELL_KNOWN, tag = "service", security(()),
    responses((status = 200, description = "What this authority says of itself", body = ServiceDescription)))]
async fn describe(State(state): State<AppState>) -> ApiJson<ServiceDescription> {
    ApiJson(ServiceDescription {
        contract: CONTRACT_VERSION,
        origin: state.origin().clone(),
        name: state.config().server.name.clone(),
        roots: state
            .anchors()
            .roots
            .iter()
            .map(|root| Bytes(root.as_bytes().to_vec()))
            .collect(),
        code_seconds: CODE_SECONDS,
    })
}
