//! The front page.

use askama::Template;
use axum::response::Response;
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;

use super::shell::{Frame, page};
use crate::http::ApiResult;
use crate::state::AppState;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().route("/", get(home))
}

#[derive(Template)]
#[template(path = "pages/home.html")]
struct Home {
    frame: Frame,
}

async fn home(frame: Frame) -> ApiResult<Response> {
    page(&Home { frame }, None)
}
