//! The third page: "one last thing".

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use clausa_api::ProblemType;
use clausa_api::signup::{SignupState, SignupStep};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use zeroize::Zeroizing;

use super::{PROFILE, START, current, next_page};
use crate::http::{ApiError, ApiForm, ApiResult};
use crate::pages::refusal::{Wrong, status};
use crate::pages::shell::{Frame, page_with_status, see_other};
use crate::pages::visitor::Visitor;
use crate::request::RequestContext;
use crate::state::AppState;
use crate::texts::Phrase;
use crate::usecase::signup::{self, Profile};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().route(PROFILE, get(show).post(send))
}

#[derive(Template)]
#[template(path = "pages/signup_profile.html")]
struct ProfilePage<'a> {
    frame: Frame,
    form_token: String,
    address: &'a str,
    first_name: &'a str,
    last_name: &'a str,
    wrong: Option<Wrong>,
}

impl ProfilePage<'_> {
    fn is_wrong(&self, field: &str) -> bool {
        self.wrong.as_ref().is_some_and(|wrong| wrong.is_at(field))
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    form_token: String,
    #[serde(default)]
    first_name: String,
    #[serde(default)]
    last_name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    password_again: String,
}

async fn show(State(state): State<AppState>, frame: Frame, visitor: Visitor) -> ApiResult<Response> {
    match current(&state, &visitor).await? {
        None => see_other(START),
        Some(current) if current.state.next == SignupStep::Profile => {
            render(frame, &visitor, &current.state, &Form::default(), None)
        }
        Some(current) => next_page(&current.state.next),
    }
}

async fn send(
    State(state): State<AppState>,
    frame: Frame,
    visitor: Visitor,
    context: RequestContext,
    ApiForm(form): ApiForm<Form>,
) -> ApiResult<Response> {
    visitor.check_form(&form.form_token)?;
    let Some(current) = current(&state, &visitor).await? else {
        return see_other(START);
    };
    if current.state.next != SignupStep::Profile {
        return next_page(&current.state.next);
    }
    if form.password != form.password_again {
        let error = ApiError::new(ProblemType::PasswordRefused).told(Phrase::new("password-differ"));
        return render(frame, &visitor, &current.state, &form, Some(&error));
    }
    let profile = Profile {
        first_name: Some(form.first_name.clone()),
        last_name: Some(form.last_name.clone()),
        password: Some(Zeroizing::new(form.password.clone())),
    };
    match signup::finish(&state, current.claim, profile, &context).await {
        Ok(_) => super::done::sign_in(&state, &visitor, &current, &context).await,
        Err(error) => render(frame, &visitor, &current.state, &form, Some(&error.into())),
    }
}

/// A refused form comes back with the names, and never with the password.
fn render(
    frame: Frame,
    visitor: &Visitor,
    signup: &SignupState,
    form: &Form,
    error: Option<&ApiError>,
) -> ApiResult<Response> {
    let template = ProfilePage {
        form_token: visitor.secret.form_token(),
        address: signup.address.as_str(),
        first_name: &form.first_name,
        last_name: &form.last_name,
        wrong: error.map(|error| wrong(&frame, error)),
        frame,
    };
    page_with_status(status(error), &template, None)
}

fn wrong(frame: &Frame, error: &ApiError) -> Wrong {
    let wrong = Wrong::of(frame, error);
    match error.kind() {
        ProblemType::PasswordRefused => wrong.at("password"),
        ProblemType::InvalidRequest => wrong.at("first_name"),
        _ => wrong,
    }
}
