//! Setting, changing and removing the password.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use clausa_api::ProblemType;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use zeroize::Zeroizing;

use super::{HOME, PASSWORD, confirm_first, is_step_up, oneself};
use crate::http::{ApiError, ApiForm, ApiResult};
use crate::pages::refusal::{Wrong, status};
use crate::pages::shell::{Frame, page_with_status, see_other};
use crate::pages::visitor::Visitor;
use crate::request::RequestContext;
use crate::state::AppState;
use crate::texts::Phrase;
use crate::usecase::change_password::{ChangePasswordError, change_password};
use crate::usecase::{factors, step_up};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().route(PASSWORD, get(show).post(send))
}

#[derive(Template)]
#[template(path = "pages/account_password.html")]
struct PasswordPage {
    frame: Frame,
    form_token: String,
    has_password: bool,
    wrong: Option<Wrong>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    form_token: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    password_again: String,
    /// Remove it instead.
    #[serde(default)]
    remove: Option<String>,
}

async fn show(
    State(state): State<AppState>,
    frame: Frame,
    visitor: Visitor,
    context: RequestContext,
) -> ApiResult<Response> {
    let who = match oneself(&state, &visitor, &context).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    // Asked before anybody thinks of a password, and not after.
    if !step_up::standing(&state, &who).await?.fresh {
        return confirm_first(PASSWORD);
    }
    let has_password = factors::list(&state, &who).await?.has_password;
    render(frame, &visitor, has_password, None)
}

async fn send(
    State(state): State<AppState>,
    frame: Frame,
    visitor: Visitor,
    context: RequestContext,
    ApiForm(form): ApiForm<Form>,
) -> ApiResult<Response> {
    visitor.check_form(&form.form_token)?;
    let who = match oneself(&state, &visitor, &context).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let has_password = factors::list(&state, &who).await?.has_password;
    let new = match form.remove {
        Some(_) => None,
        None if form.password != form.password_again => {
            let error = ApiError::new(ProblemType::PasswordRefused).told(Phrase::new("password-differ"));
            return render(frame, &visitor, has_password, Some(&error));
        }
        None => Some(Zeroizing::new(form.password)),
    };
    match change_password(&state, &who, new).await {
        Ok(_) => see_other(HOME),
        Err(ChangePasswordError::Failed(failure)) if is_step_up(&failure) => confirm_first(PASSWORD),
        Err(error) => render(frame, &visitor, has_password, Some(&error.into())),
    }
}

fn render(
    frame: Frame,
    visitor: &Visitor,
    has_password: bool,
    error: Option<&ApiError>,
) -> ApiResult<Response> {
    let template = PasswordPage {
        form_token: visitor.secret.form_token(),
        has_password,
        wrong: error.map(|error| Wrong::of(&frame, error).at("password")),
        frame,
    };
    page_with_status(status(error), &template, None)
}
