//! Pages for people, in their language: plain forms, no script, one stylesheet. A page drives the same use cases on the same rows as the
//! API, so a sign-up begun here can be finished there.
//!
//! Every form carries a token derived from the browser's cookie, and what changes anything has to come from our own
//! pages (`SEC-99`). Nothing of another origin is loaded.

mod account;
mod assets;
mod authorize;
mod downloads;
mod guide;
mod home;
mod language;
mod organisation;
mod passkey;
mod refusal;
mod shell;
mod signup;
mod visitor;

use axum::http::{HeaderMap, header};
use axum::middleware;
use axum::response::{IntoResponse as _, Response};
use clausa_api::ProblemType;
use clausa_core::origin::Origin;
use clausa_store::record::ident::SignupId;
use utoipa_axum::router::OpenApiRouter;

pub(crate) use shell::Frame;

use crate::http::ApiError;
use crate::state::AppState;

/// The routes of the pages. They are for people, so the API's description does not list them.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(assets::routes())
        .merge(home::routes())
        .merge(guide::routes())
        .merge(downloads::routes())
        .merge(signup::routes())
        .merge(account::routes())
        .merge(organisation::routes())
        .merge(authorize::routes())
        .layer(middleware::from_fn(language::layer))
}

/// What is answered where nothing is: a page to a browser, a problem to everybody else.
pub(crate) async fn nothing_here(frame: Frame, headers: HeaderMap) -> Response {
    let wants_page = headers
        .get(header::ACCEPT)
        .is_some_and(|accept| accept.as_bytes().windows(9).any(|window| window == b"text/html"));
    let error = ApiError::new(ProblemType::NotFound);
    match wants_page {
        true => refusal::page(frame, error, None),
        false => error.into_response(),
    }
}

/// The page on which a browser goes on with a sign-up that was begun elsewhere, at the configured origin. Opening it has
/// no effect by itself.
pub(crate) fn continue_link(origin: &Origin, token: &str) -> String {
    format!("{origin}{}?token={token}", signup::CONTINUE)
}

/// The page that a sign-up's mail links to, at the configured origin (`SEC-82`). It shows a button to the browser
/// that began the sign-up, and has no effect by itself (`SEC-74`).
pub fn signup_link(origin: &Origin, signup: SignupId, code: &str) -> String {
    format!("{origin}{}?id={signup}&code={code}", signup::LINK)
}
