//! Downloading everything about oneself.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{EXPORT, confirm_first, is_step_up, oneself};
use crate::http::{ApiForm, ApiResult, me};
use crate::pages::shell::{Frame, page};
use crate::pages::visitor::Visitor;
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::export::{ExportError, export};
use crate::usecase::step_up;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().route(EXPORT, get(show).post(send))
}

#[derive(Template)]
#[template(path = "pages/account_export.html")]
struct ExportPage {
    frame: Frame,
    form_token: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    form_token: String,
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
        return confirm_first(EXPORT);
    }
    let form_token = visitor.secret.form_token();
    page(&ExportPage { frame, form_token }, None)
}

async fn send(
    State(state): State<AppState>,
    visitor: Visitor,
    context: RequestContext,
    ApiForm(form): ApiForm<Form>,
) -> ApiResult<Response> {
    visitor.check_form(&form.form_token)?;
    let who = match oneself(&state, &visitor, &context).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    match export(&state, &who).await {
        Err(ExportError::Failed(failure)) if is_step_up(&failure) => confirm_first(EXPORT),
        outcome => Ok(me::download(outcome?)),
    }
}
