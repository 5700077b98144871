//! Closing one's account.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use clausa_api::closing::FilesOfClosed;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{CLOSE, confirm_first, is_step_up, oneself, overview};
use crate::http::{ApiError, ApiForm, ApiResult, close};
use crate::pages::refusal::{Wrong, status};
use crate::pages::shell::{Frame, page, page_with_status};
use crate::pages::visitor::Visitor;
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::close_account::{CloseError, close_own};
use crate::usecase::oneself::Oneself;
use crate::usecase::step_up;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().route(CLOSE, get(show).post(send))
}

#[derive(Template)]
#[template(path = "pages/account_close.html")]
struct ClosePage {
    frame: Frame,
    form_token: String,
    address: String,
    hands_over: bool,
    successor: String,
    erase: bool,
    wrong: Option<Wrong>,
}

#[derive(Template)]
#[template(path = "pages/account_closed.html")]
struct ClosedPage {
    frame: Frame,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    form_token: String,
    #[serde(default)]
    files: Option<FilesOfClosed>,
    #[serde(default)]
    successor: String,
    #[serde(default)]
    erase: Option<String>,
    #[serde(default)]
    address: String,
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
    if !step_up::standing(&state, &who).await?.fresh {
        return confirm_first(CLOSE);
    }
    render(&state, frame, &visitor, &who, None, None).await
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
    let (what, successor) = match form.files {
        Some(FilesOfClosed::HandOver) => (FilesOfClosed::HandOver, Some(form.successor.as_str())),
        _ => (FilesOfClosed::Keep, None),
    };
    let files = match close::files(what, successor) {
        Ok(files) => files,
        Err(error) => return render(&state, frame, &visitor, &who, Some(&form), Some(&error)).await,
    };
    match close_own(&state, &who, &form.address, files, form.erase.is_some()).await {
        Ok(_) => page(&ClosedPage { frame }, None),
        Err(CloseError::Failed(failure)) if is_step_up(&failure) => confirm_first(CLOSE),
        Err(error) => render(&state, frame, &visitor, &who, Some(&form), Some(&error.into())).await,
    }
}

async fn render(
    state: &AppState,
    frame: Frame,
    visitor: &Visitor,
    who: &Oneself,
    form: Option<&Form>,
    error: Option<&ApiError>,
) -> ApiResult<Response> {
    let template = ClosePage {
        form_token: visitor.secret.form_token(),
        address: overview::address(state, who).await?,
        hands_over: form.is_some_and(|form| form.files == Some(FilesOfClosed::HandOver)),
        successor: form.map(|form| form.successor.clone()).unwrap_or_default(),
        erase: form.is_some_and(|form| form.erase.is_some()),
        wrong: error.map(|error| Wrong::of(&frame, error)),
        frame,
    };
    page_with_status(status(error), &template, None)
}
