//! What a person wants to read next: the user guide, and what works with protected files.

use askama::Template;
use axum::response::Response;
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;

use super::shell::{Frame, page};
use crate::http::ApiResult;
use crate::state::AppState;

pub(super) const GUIDE: &str = "/guide";
pub(super) const APPLICATIONS: &str = "/applications";

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .route(GUIDE, get(guide))
        .route(APPLICATIONS, get(applications))
}

#[derive(Template)]
#[template(path = "pages/guide.html")]
struct Guide {
    frame: Frame,
    origin: String,
}

#[derive(Template)]
#[template(path = "pages/applications.html")]
struct Applications {
    frame: Frame,
}

async fn guide(frame: Frame) -> ApiResult<Response> {
    let origin = frame.origin.clone();
    page(&Guide { frame, origin }, None)
}

async fn applications(frame: Frame) -> ApiResult<Response> {
    page(&Applications { frame }, None)
}
