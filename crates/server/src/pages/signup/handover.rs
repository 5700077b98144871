//! Going on elsewhere, and going on here with what was begun elsewhere. Opening either page changes nothing.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{CODE, CONTINUE, HANDOVER, START, current};
use crate::http::{ApiError, ApiForm, ApiQuery, ApiResult};
use crate::pages::refusal::{Wrong, status};
use crate::pages::shell::{Frame, page, page_with_status, see_other};
use crate::pages::visitor::Visitor;
use crate::state::AppState;
use crate::usecase::browser::{self, BrowserSecret};
use crate::usecase::signup::{self, SignupError};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .route(HANDOVER, post(hand_over))
        .route(CONTINUE, get(show).post(send))
}

#[derive(Template)]
#[template(path = "pages/signup_handover.html")]
struct HandoverPage<'a> {
    frame: Frame,
    address: &'a str,
    token: String,
    link: String,
    origin: String,
}

#[derive(Template)]
#[template(path = "pages/signup_continue.html")]
struct ContinuePage<'a> {
    frame: Frame,
    form_token: String,
    /// Shown and known to work; otherwise it is asked for.
    token: Option<&'a str>,
    address: String,
    wrong: Option<Wrong>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HandoverForm {
    form_token: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContinueForm {
    form_token: String,
    token: String,
}

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    token: String,
}

async fn hand_over(
    State(state): State<AppState>,
    frame: Frame,
    visitor: Visitor,
    ApiForm(form): ApiForm<HandoverForm>,
) -> ApiResult<Response> {
    visitor.check_form(&form.form_token)?;
    let Some(current) = current(&state, &visitor).await? else {
        return see_other(START);
    };
    let handover = match signup::hand_over(&state, current.claim).await {
        Ok(handover) => handover,
        Err(SignupError::OutOfOrder) => return super::next_page(&current.state.next),
        Err(error) => return Err(error.into()),
    };
    let template = HandoverPage {
        origin: frame.origin.clone(),
        frame,
        address: current.state.address.as_str(),
        token: handover.token,
        link: handover.link,
    };
    page(&template, None)
}

async fn show(
    State(state): State<AppState>,
    frame: Frame,
    visitor: Visitor,
    ApiQuery(query): ApiQuery<Query>,
) -> ApiResult<Response> {
    let response = if query.token.is_empty() {
        render(frame, &visitor, None, None)?
    } else {
        match signup::handed_over(&state, &query.token).await {
            Ok(address) => render(frame, &visitor, Some((&query.token, address.to_string())), None)?,
            Err(error) => render(frame, &visitor, None, Some(&error.into()))?,
        }
    };
    visitor.keep(response)
}

async fn send(
    State(state): State<AppState>,
    frame: Frame,
    visitor: Visitor,
    ApiForm(form): ApiForm<ContinueForm>,
) -> ApiResult<Response> {
    visitor.check_form(&form.form_token)?;
    // From here on a cookie that somebody may have planted in this browser is worth nothing.
    let secret = BrowserSecret::generate(&mut state.randomness())?;
    match signup::continue_with(&state, &form.token, secret.challenge()).await {
        Ok(begun) => {
            let id = begun.id.parse().map_err(ApiError::internal)?;
            browser::remember_signup(&state, &secret, id).await?;
            browser::forget(&state, &visitor.secret).await?;
            visitor.replace(see_other(CODE)?, &secret)
        }
        Err(error) => render(frame, &visitor, None, Some(&error.into())),
    }
}

fn render(
    frame: Frame,
    visitor: &Visitor,
    shown: Option<(&str, String)>,
    error: Option<&ApiError>,
) -> ApiResult<Response> {
    let (token, address) = shown.unzip();
    let template = ContinuePage {
        form_token: visitor.secret.form_token(),
        token,
        address: address.unwrap_or_default(),
        wrong: error.map(|error| Wrong::of(&frame, error).at("token")),
        frame,
    };
    page_with_status(status(error), &template, None)
}
