//! The second page: the code from the mail. The mail's button and the new mail end here too.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use clausa_api::signup::{SignupState, SignupStep};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{CODE, Current, MAIL, START, current, next_page};
use crate::http::{ApiError, ApiForm, ApiResult};
use crate::pages::refusal::{Wrong, status};
use crate::pages::shell::{Frame, page_with_status, see_other};
use crate::pages::visitor::Visitor;
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::{CODE_SECONDS, signup};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .route(CODE, get(show).post(prove))
        .route(MAIL, post(mail))
}

#[derive(Template)]
#[template(path = "pages/signup_code.html")]
struct Code<'a> {
    frame: Frame,
    form_token: String,
    address: &'a str,
    sent_again: bool,
    minutes: u32,
    wrong: Option<Wrong>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProofForm {
    form_token: String,
    code: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MailForm {
    form_token: String,
}

async fn show(State(state): State<AppState>, frame: Frame, visitor: Visitor) -> ApiResult<Response> {
    match current(&state, &visitor).await? {
        None => see_other(START),
        Some(Current { state: signup, .. }) => match &signup.next {
            SignupStep::MailProof { .. } => render(frame, &visitor, &signup, false, None),
            next => next_page(next),
        },
    }
}

async fn prove(
    State(state): State<AppState>,
    frame: Frame,
    visitor: Visitor,
    context: RequestContext,
    ApiForm(form): ApiForm<ProofForm>,
) -> ApiResult<Response> {
    visitor.check_form(&form.form_token)?;
    let Some(current) = current(&state, &visitor).await? else {
        return see_other(START);
    };
    if !matches!(current.state.next, SignupStep::MailProof { .. }) {
        return next_page(&current.state.next);
    }
    match signup::prove(&state, current.claim, &form.code).await {
        // Somebody who had an account already is done, and signed in.
        Ok(SignupState {
            next: SignupStep::Done(_),
            ..
        }) => super::done::sign_in(&state, &visitor, &current, &context).await,
        Ok(proven) => next_page(&proven.next),
        Err(error) => render(frame, &visitor, &current.state, false, Some(&error.into())),
    }
}

async fn mail(
    State(state): State<AppState>,
    frame: Frame,
    visitor: Visitor,
    context: RequestContext,
    ApiForm(form): ApiForm<MailForm>,
) -> ApiResult<Response> {
    visitor.check_form(&form.form_token)?;
    let Some(current) = current(&state, &visitor).await? else {
        return see_other(START);
    };
    match signup::resend(&state, current.claim, &context).await {
        Ok(signup) => render(frame, &visitor, &signup, true, None),
        Err(error) => render(frame, &visitor, &current.state, false, Some(&error.into())),
    }
}

fn render(
    frame: Frame,
    visitor: &Visitor,
    signup: &SignupState,
    sent_again: bool,
    error: Option<&ApiError>,
) -> ApiResult<Response> {
    let template = Code {
        form_token: visitor.secret.form_token(),
        address: signup.address.as_str(),
        sent_again,
        minutes: CODE_SECONDS / 60,
        wrong: error.map(|error| Wrong::of(&frame, error).at("code")),
        frame,
    };
    page_with_status(status(error), &template, None)
}
