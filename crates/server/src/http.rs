//! The HTTP interface: one endpoint a file. A handler parses, calls one use case and renders.

pub mod accounts;
pub mod body;
pub mod caller;
pub mod claims;
pub mod close;
pub mod content;
pub mod contents;
pub mod context;
pub mod controls;
pub mod devices;
pub mod dpop;
pub mod factors;
pub mod health;
pub mod keys;
pub mod licences;
pub mod log;
pub mod logins;
pub mod me;
pub mod oauth;
pub mod openapi;
pub mod password;
pub mod problem;
pub mod revocation;
pub mod sessions;
pub mod signups;
pub mod step_up;
pub mod templates;
pub mod well_known;

mod frame;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Extension};
use axum::{Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;

pub use body::{ApiForm, ApiJson, ApiPath, ApiQuery, MAX_BODY, MAX_STRANGERS_BODY};
pub use caller::ProvenKey;
pub use frame::REQUEST_ID;
pub use problem::{ApiError, ApiResult};

use crate::pages;
use crate::state::AppState;

/// Every route of the authority with its description.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(openapi::Description::openapi())
        .merge(well_known::routes())
        .merge(health::routes())
        .merge(openapi::routes())
        .merge(open_to_strangers())
        .merge(me::routes())
        .merge(close::routes())
        .merge(sessions::routes())
        .merge(step_up::routes())
        .merge(password::routes())
        .merge(factors::routes())
        .merge(claims::routes())
        .merge(controls::routes())
        .merge(accounts::routes())
        .merge(devices::routes())
        .merge(keys::routes())
        .merge(templates::routes())
        .merge(contents::routes())
        .merge(content::routes())
        .merge(revocation::routes())
        .merge(licences::routes())
        .merge(log::routes())
}

/// The routes whose body is read before anybody is known: small bodies, so that strangers cannot fill the memory.
fn open_to_strangers() -> OpenApiRouter<AppState> {
    signups::routes()
        .merge(logins::routes())
        .merge(oauth::routes())
        .merge(pages::routes())
        .layer(DefaultBodyLimit::max(MAX_STRANGERS_BODY))
}

/// The finished service: every route, and around them what every request goes through.
pub fn router(state: AppState) -> Router {
    frame(routes(), state)
}

/// Puts around `routes` what every request goes through: host check, limits, panic boundary, headers, problems.
pub fn frame(routes: OpenApiRouter<AppState>, state: AppState) -> Router {
    let (router, description) = routes.split_for_parts();
    // The router's mark for a parameter with slashes in it is none of OpenAPI.
    let text = description.to_json().unwrap_or_default().replace("{*", "{");
    router
        .fallback(pages::nothing_here)
        .layer(Extension(openapi::DescriptionText(Arc::from(text))))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(CatchPanicLayer::custom(frame::panicked))
        .layer(middleware::from_fn_with_state(state.clone(), frame::frame))
        .with_state(state)
}
