//! The pages of one's account: what is signed in, devices, password, authenticators, passkeys. They are for whoever is
//! signed in at the browser; everybody else is led to the sign-in page.

mod authenticator;
mod changes;
mod close;
mod confirm;
mod export;
pub(super) mod overview;
mod passkey;
mod password;

use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;

use super::shell::see_other;
use super::visitor::Visitor;
use crate::http::ApiResult;
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::failure::Failure;
use crate::usecase::oneself::Oneself;

/// The overview.
pub(super) const HOME: &str = "/account";
/// Where somebody signs in who comes without a program.
pub(super) const SIGN_IN: &str = "/account/signin";
/// Where one shows again who one is.
const CONFIRM: &str = "/account/confirm";
/// The password.
const PASSWORD: &str = "/account/password";
/// The end of it.
const CLOSE: &str = "/account/close";
/// Everything about oneself.
const EXPORT: &str = "/account/export";
/// Adding a passkey.
const PASSKEY: &str = "/account/passkey";
/// Adding an authenticator.
const AUTHENTICATOR: &str = "/account/authenticator";

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(overview::routes())
        .merge(password::routes())
        .merge(authenticator::routes())
        .merge(passkey::routes())
        .merge(confirm::routes())
        .merge(export::routes())
        .merge(close::routes())
        .merge(changes::routes())
}

/// Whoever is signed in at this browser, or the way to the sign-in page.
pub(super) async fn oneself(
    state: &AppState,
    visitor: &Visitor,
    context: &RequestContext,
) -> ApiResult<Result<Oneself, Response>> {
    let found = match visitor.session(state).await? {
        Some(session) => Oneself::at_browser(state, &session, context).await?,
        None => None,
    };
    Ok(match found {
        Some(oneself) => Ok(oneself),
        None => Err(see_other(SIGN_IN)?),
    })
}

/// The way to show again who one is, and from there on to `next`.
pub(super) fn confirm_first(next: &str) -> ApiResult<Response> {
    see_other(&format!("{CONFIRM}?next={next}"))
}

/// True when an act asks for a fresh proof.
pub(super) fn is_step_up(failure: &Failure) -> bool {
    matches!(failure, Failure::StepUp(_))
}
