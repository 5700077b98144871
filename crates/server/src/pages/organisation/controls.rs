//! What holds for everybody, as a form.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use clausa_api::controls::{Controls, ControlsChange};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{CONTROLS, HOME};
use crate::http::{ApiError, ApiForm, ApiResult};
use crate::pages::account::{confirm_first, is_step_up, oneself};
use crate::pages::refusal::{Wrong, status};
use crate::pages::shell::{Frame, page_with_status, see_other};
use crate::pages::visitor::Visitor;
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::controls::{self, ControlsError};
use crate::usecase::step_up;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().route(CONTROLS, get(show).post(send))
}

#[derive(Template)]
#[template(path = "pages/organisation_controls.html")]
struct ControlsPage {
    frame: Frame,
    form_token: String,
    is_organisation: bool,
    joining: bool,
    free_plan: bool,
    trial_protects: bool,
    second_factor: bool,
    session_hours: String,
    protectors: String,
    never_receive: String,
    contact: String,
    wrong: Option<Wrong>,
}

/// A box that is not ticked is not sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    form_token: String,
    plan: String,
    joining: Option<String>,
    free_plan: Option<String>,
    trial_protects: Option<String>,
    second_factor: Option<String>,
    session_hours: String,
    protectors: String,
    never_receive: String,
    contact: String,
}

impl Form {
    fn change(&self) -> ControlsChange {
        ControlsChange {
            plan: Some(self.plan.clone()),
            joining: Some(self.joining.is_some()),
            free_plan: Some(self.free_plan.is_some()),
            trial_protects: Some(self.trial_protects.is_some()),
            second_factor: Some(self.second_factor.is_some()),
            // What is no number is too large a one.
            session_hours: Some(self.session_hours.trim().parse().unwrap_or(u32::MAX)),
            protectors: Some(lines(&self.protectors)),
            never_receive: Some(lines(&self.never_receive)),
            contact: Some(self.contact.clone()),
        }
    }
}

fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
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
    let controls = controls::read(&state, &who).await?;
    // Asked before anybody fills the form, and not after.
    if !step_up::standing(&state, &who).await?.fresh {
        return confirm_first(CONTROLS);
    }
    page_with_status(status(None), &filled(frame, &visitor, controls), None)
}

fn filled(frame: Frame, visitor: &Visitor, controls: Controls) -> ControlsPage {
    ControlsPage {
        frame,
        form_token: visitor.secret.form_token(),
        is_organisation: controls.plan == "organisation",
        joining: controls.joining,
        free_plan: controls.free_plan,
        trial_protects: controls.trial_protects,
        second_factor: controls.second_factor,
        session_hours: controls.session_hours.to_string(),
        protectors: controls.protectors.join("\n"),
        never_receive: controls.never_receive.join("\n"),
        contact: controls.contact.unwrap_or_default(),
        wrong: None,
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
    let who = match oneself(&state, &visitor, &context).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    match controls::change(&state, &who, form.change()).await {
        Ok(_) => see_other(HOME),
        Err(ControlsError::Failed(failure)) if is_step_up(&failure) => confirm_first(CONTROLS),
        Err(ControlsError::Failed(failure)) => Err(failure.into()),
        Err(refused) => {
            let field = match &refused {
                ControlsError::Malformed { field, .. } => *field,
                _ => "second_factor",
            };
            let error = ApiError::from(refused);
            let wrong = Wrong::of(&frame, &error).at(field);
            page_with_status(status(Some(&error)), &again(frame, &visitor, form, wrong), None)
        }
    }
}

/// As it was sent, with what is wrong.
fn again(frame: Frame, visitor: &Visitor, form: Form, wrong: Wrong) -> ControlsPage {
    ControlsPage {
        frame,
        form_token: visitor.secret.form_token(),
        is_organisation: form.plan == "organisation",
        joining: form.joining.is_some(),
        free_plan: form.free_plan.is_some(),
        trial_protects: form.trial_protects.is_some(),
        second_factor: form.second_factor.is_some(),
        session_hours: form.session_hours,
        protectors: form.protectors,
        never_receive: form.never_receive,
        contact: form.contact,
        wrong: Some(wrong),
    }
}
