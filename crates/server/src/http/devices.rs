//! Endpoints of devices.

use utoipa_axum::router::OpenApiRouter;

use crate::state::AppState;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
}
