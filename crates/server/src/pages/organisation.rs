//! The pages of an organisation's administrator: its people, and what holds for everybody. Whoever administers nothing is
//! told so.

mod controls;
mod people;

use utoipa_axum::router::OpenApiRouter;

use crate::state::AppState;

/// The people.
pub(super) const HOME: &str = "/organisation";
/// What holds for everybody.
pub(super) const CONTROLS: &str = "/organisation/controls";

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(people::routes())
        .merge(controls::routes())
}
