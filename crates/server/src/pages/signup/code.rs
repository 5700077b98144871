//! The second page: the code from the mail. The mail's button and the new mail end here too.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use clausa_api::signup::{SignupState, SignupStep};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{CODE, Current, MAIL, START, current, next_page};
use crate::http::{ApiError, ApiForm, ApiResult};
use crate::pages::refusal::{refusal, sentence, status_of};
use crate::pages::shell::{Frame, page_with_status, see_other};
use crate::pages::visitor::Visitor;
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::signup;

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
    wrong: Option<String>,
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

async fn show(State(state): State<AppState>, visitor: Visitor) -> ApiResult<Response> {
    match current(&state, &visitor).await? {
        None => see_other(START),
        Some(Current { state: signup, .. }) => match &signup.next {
            SignupStep::MailProof { .. } => render(&state, &visitor, StatusCode::OK, &signup, false, None),
            next => next_page(next),
        },
    }
}

async fn prove(
    State(state): State<AppState>,
    visitor: Visitor,
    context: RequestContext,
    ApiForm(form): ApiForm<ProofForm>,
) -> Response {
    let outcome = async {
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
            Err(error) => again(&state, &visitor, &current.state, error.into()),
        }
    };
    outcome.await.unwrap_or_else(|error| refusal(&state, error))
}

async fn mail(State(state): State<AppState>, visitor: Visitor, ApiForm(form): ApiForm<MailForm>) -> Response {
    let outcome = async {
        visitor.check_form(&form.form_token)?;
        let Some(current) = current(&state, &visitor).await? else {
            return see_other(START);
        };
        match signup::resend(&state, current.claim).await {
            Ok(signup) => render(&state, &visitor, StatusCode::OK, &signup, true, None),
            Err(error) => again(&state, &visitor, &current.state, error.into()),
        }
    };
    outcome.await.unwrap_or_else(|error| refusal(&state, error))
}

fn again(state: &AppState, visitor: &Visitor, signup: &SignupState, error: ApiError) -> ApiResult<Response> {
    render(
        state,
        visitor,
        status_of(error.kind()),
        signup,
        false,
        Some(sentence(&error)),
    )
}

fn render(
    state: &AppState,
    visitor: &Visitor,
    status: StatusCode,
    signup: &SignupState,
    sent_again: bool,
    wrong: Option<String>,
) -> ApiResult<Response> {
    let template = Code {
        frame: Frame::of(state),
        form_token: visitor.secret.form_token(),
        address: signup.address.as_str(),
        sent_again,
        wrong,
    };
    page_with_status(status, &template, None)
}
