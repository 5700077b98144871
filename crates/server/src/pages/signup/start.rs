//! The first page: which address?

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use clausa_core::id::ContentId;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{CODE, START};
use crate::http::{ApiError, ApiForm, ApiQuery, ApiResult};
use crate::pages::refusal::{Wrong, status};
use crate::pages::shell::{Frame, page_with_status, see_other};
use crate::pages::visitor::Visitor;
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::browser::{self, BrowserSecret};
use crate::usecase::signup::{self, Begin};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().route(START, get(show).post(send))
}

#[derive(Template)]
#[template(path = "pages/signup_start.html")]
struct Start<'a> {
    frame: Frame,
    form_token: String,
    address: &'a str,
    waiting: Option<ContentId>,
    wrong: Option<Wrong>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    /// The document that waits.
    waiting: Option<ContentId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    form_token: String,
    address: String,
    waiting: Option<ContentId>,
}

async fn show(frame: Frame, visitor: Visitor, ApiQuery(query): ApiQuery<Query>) -> ApiResult<Response> {
    visitor.keep(render(frame, &visitor, "", query.waiting, None)?)
}

async fn send(
    State(state): State<AppState>,
    frame: Frame,
    visitor: Visitor,
    context: RequestContext,
    ApiForm(form): ApiForm<Form>,
) -> ApiResult<Response> {
    visitor.check_form(&form.form_token)?;
    match begin(&state, &visitor, &context, &form).await {
        Ok(response) => Ok(response),
        Err(error) => render(frame, &visitor, &form.address, form.waiting, Some(&error)),
    }
}

async fn begin(
    state: &AppState,
    visitor: &Visitor,
    context: &RequestContext,
    form: &Form,
) -> ApiResult<Response> {
    // From here on a cookie that somebody may have planted in this browser is worth nothing.
    let secret = BrowserSecret::generate(&mut state.randomness())?;
    let begun = signup::begin(
        state,
        Begin {
            address: &form.address,
            challenge: secret.challenge(),
            waiting: form.waiting,
        },
        context,
    )
    .await?;
    let id = begun.id.parse().map_err(ApiError::internal)?;
    browser::remember_signup(state, &secret, id).await?;
    browser::forget(state, &visitor.secret).await?;
    visitor.replace(see_other(CODE)?, &secret)
}

fn render(
    frame: Frame,
    visitor: &Visitor,
    address: &str,
    waiting: Option<ContentId>,
    error: Option<&ApiError>,
) -> ApiResult<Response> {
    let template = Start {
        form_token: visitor.secret.form_token(),
        address,
        waiting,
        wrong: error.map(|error| Wrong::of(&frame, error).at("address")),
        frame,
    };
    page_with_status(status(error), &template, None)
}
