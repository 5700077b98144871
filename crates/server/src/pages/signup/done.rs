//! The last page: where to go from here.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use clausa_api::signup::{SignupDone, SignupStep};
use utoipa_axum::router::OpenApiRouter;

use super::{Current, DONE, START, next_page};
use crate::http::ApiResult;
use crate::pages::account::SIGN_IN;
use crate::pages::downloads::{self, Offer};
use crate::pages::shell::{Frame, page, see_other};
use crate::pages::visitor::Visitor;
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::browser;
use crate::usecase::sign_in::SignInError;
use crate::usecase::signup::{self, SignupError};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().route(DONE, get(show))
}

#[derive(Template)]
#[template(path = "pages/signup_done.html")]
struct Done {
    frame: Frame,
    address: String,
    organisation: Option<String>,
    organisation_is_new: bool,
    waiting: bool,
    origin: String,
    /// What fits this computer.
    offers: Vec<Offer>,
}

async fn show(
    State(state): State<AppState>,
    frame: Frame,
    visitor: Visitor,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let session = visitor.session(&state).await?;
    let Some(((_, account), id)) = session.and_then(|session| session.signed_in.zip(session.signup)) else {
        return match super::current(&state, &visitor).await? {
            Some(current) if !matches!(current.state.next, SignupStep::Done(_)) => {
                next_page(&current.state.next)
            }
            _ => see_other(START),
        };
    };
    let signup = match signup::outcome(&state, id, account).await {
        Ok(signup) => signup,
        Err(SignupError::Unknown) => return see_other(START),
        Err(error) => return Err(error.into()),
    };
    let SignupStep::Done(SignupDone {
        organisation,
        organisation_is_new,
        ..
    }) = signup.next
    else {
        return see_other(START);
    };
    let mut offers = downloads::offers(&state, &headers).await;
    offers.retain(|offer| offer.fits);
    let template = Done {
        origin: frame.origin.clone(),
        offers,
        frame,
        address: signup.address.to_string(),
        organisation,
        organisation_is_new,
        waiting: signup.waiting.is_some(),
    };
    page(&template, None)
}

/// The finished sign-up signs its browser in, under a new cookie.
pub(super) async fn sign_in(
    state: &AppState,
    visitor: &Visitor,
    current: &Current,
    context: &RequestContext,
) -> ApiResult<Response> {
    let response = see_other(DONE)?;
    match browser::finish_signup(state, &visitor.secret, current.claim, context).await {
        Ok(Some(secret)) => visitor.replace(response, &secret),
        Ok(None) => see_other(START),
        // An account from before that asks for a second factor: a sign-up is no way around it.
        Err(SignInError::SecondFactor { .. }) => see_other(SIGN_IN),
        Err(error) => Err(error.into()),
    }
}
