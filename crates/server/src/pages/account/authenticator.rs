//! Adding an authenticator: its secret, then its first code, then the recovery codes.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use zeroize::Zeroizing;

use super::{AUTHENTICATOR, confirm_first, is_step_up, oneself};
use crate::http::{ApiError, ApiForm, ApiResult};
use crate::pages::refusal::{Wrong, status};
use crate::pages::shell::{Frame, page, page_with_status};
use crate::pages::visitor::Visitor;
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::factors::{self, FactorError};
use crate::usecase::step_up;

/// New recovery codes.
const RECOVERY_CODES: &str = "/account/recovery-codes";

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .route(AUTHENTICATOR, get(show).post(send))
        .route(RECOVERY_CODES, post(new_codes))
}

#[derive(Template)]
#[template(path = "pages/account_authenticator.html")]
struct Authenticator<'a> {
    frame: Frame,
    form_token: String,
    /// The one that waits for its first code: id, secret, link.
    begun: Option<(&'a str, &'a str, &'a str)>,
    wrong: Option<Wrong>,
}

#[derive(Template)]
#[template(path = "pages/account_codes.html")]
struct Codes {
    frame: Frame,
    codes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    form_token: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    secret: String,
    #[serde(default)]
    uri: String,
    #[serde(default)]
    code: String,
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
        return confirm_first(AUTHENTICATOR);
    }
    render(frame, &visitor, None, None)
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
    if form.id.is_empty() {
        return match factors::begin_totp(&state, &who, &form.name).await {
            Ok(begun) => {
                let id = begun.id.to_string();
                render(frame, &visitor, Some((&*id, &**begun.secret, &**begun.uri)), None)
            }
            Err(FactorError::Failed(failure)) if is_step_up(&failure) => confirm_first(AUTHENTICATOR),
            Err(error) => render(frame, &visitor, None, Some((&error.into(), "name"))),
        };
    }
    // The form brings back what its page showed, so that the page can be shown again after a wrong code.
    let (form, secret) = (&form, Zeroizing::new(form.secret.clone()));
    let begun = Some((form.id.as_str(), secret.as_str(), form.uri.as_str()));
    let id = form.id.parse().map_err(|_| FactorError::Unknown)?;
    match factors::confirm_totp(&state, &who, id, &form.code).await {
        Ok(added) => page(
            &Codes {
                frame,
                codes: plain(&added.recovery_codes),
            },
            None,
        ),
        Err(FactorError::Failed(failure)) if is_step_up(&failure) => confirm_first(AUTHENTICATOR),
        Err(error @ FactorError::CodeWrong) => render(frame, &visitor, begun, Some((&error.into(), "code"))),
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodesForm {
    form_token: String,
}

async fn new_codes(
    State(state): State<AppState>,
    frame: Frame,
    visitor: Visitor,
    context: RequestContext,
    ApiForm(form): ApiForm<CodesForm>,
) -> ApiResult<Response> {
    visitor.check_form(&form.form_token)?;
    let who = match oneself(&state, &visitor, &context).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    match factors::new_recovery_codes(&state, &who).await {
        Ok(codes) => page(
            &Codes {
                frame,
                codes: plain(&codes),
            },
            None,
        ),
        Err(FactorError::Failed(failure)) if is_step_up(&failure) => confirm_first(super::HOME),
        Err(error) => Err(error.into()),
    }
}

fn plain(codes: &[Zeroizing<String>]) -> Vec<String> {
    codes.iter().map(|code| code.to_string()).collect()
}

fn render(
    frame: Frame,
    visitor: &Visitor,
    begun: Option<(&str, &str, &str)>,
    error: Option<(&ApiError, &'static str)>,
) -> ApiResult<Response> {
    let template = Authenticator {
        form_token: visitor.secret.form_token(),
        begun,
        wrong: error.map(|(error, field)| Wrong::of(&frame, error).at(field)),
        frame,
    };
    page_with_status(status(error.map(|(error, _)| error)), &template, None)
}
