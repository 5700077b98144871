//! The stylesheet, and the one script: passkeys cannot be had without any.

use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;

use crate::state::AppState;

const STYLE: &str = include_str!("../../templates/assets/clausa.css");
const PASSKEY: &str = include_str!("../../templates/assets/passkey.js");

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .route("/assets/clausa.css", get(style))
        .route("/assets/passkey.js", get(passkey))
}

async fn passkey() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, PASSKEY)
}

async fn style() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, STYLE)
}
