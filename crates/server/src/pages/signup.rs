//! Sign-up in the browser: one page a step, on the same row as the API's steps.

mod code;
mod done;
mod handover;
mod link;
mod profile;
mod start;

use axum::response::Response;
use clausa_api::signup::{SignupState, SignupStep};
use clausa_store::record::ident::SignupId;
use utoipa_axum::router::OpenApiRouter;

use super::shell::see_other;
use super::visitor::Visitor;
use crate::http::ApiResult;
use crate::state::AppState;
use crate::usecase::signup::{self, Claim, SignupError};

pub(super) const START: &str = "/signup";
pub(super) const CODE: &str = "/signup/code";
pub(super) const MAIL: &str = "/signup/mail";
pub(super) const LINK: &str = "/signup/link";
pub(super) const PROFILE: &str = "/signup/profile";
pub(super) const HANDOVER: &str = "/signup/handover";
pub(super) const CONTINUE: &str = "/signup/continue";
pub(super) const DONE: &str = "/signup/done";

pub(super) fn routes() -> OpenApiRouter<AppState> {
    start::routes()
        .merge(code::routes())
        .merge(link::routes())
        .merge(handover::routes())
        .merge(profile::routes())
        .merge(done::routes())
}

/// The sign-up that this browser is in the middle of.
struct Current {
    id: SignupId,
    claim: Claim,
    state: SignupState,
}

/// Finds the browser's sign-up. `None` when it has none, or it was forgotten.
async fn current(state: &AppState, visitor: &Visitor) -> ApiResult<Option<Current>> {
    let Some(id) = visitor.session(state).await?.and_then(|session| session.signup) else {
        return Ok(None);
    };
    let claim = Claim::new(id, &visitor.secret.verifier());
    match signup::state(state, claim).await {
        Ok(state) => Ok(Some(Current { id, claim, state })),
        Err(SignupError::Unknown) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Sends the browser to the page of the step that comes next.
fn next_page(next: &SignupStep) -> ApiResult<Response> {
    see_other(match next {
        SignupStep::MailProof { .. } => CODE,
        SignupStep::Profile => PROFILE,
        SignupStep::Done(_) => DONE,
    })
}
