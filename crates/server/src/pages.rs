//! Pages for people.

use utoipa_axum::router::OpenApiRouter;

use crate::state::AppState;

/// The routes of the pages.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
}
