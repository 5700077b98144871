//! Adding a passkey.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{HOME, PASSKEY, confirm_first, is_step_up, oneself, overview};
use crate::http::{ApiError, ApiForm, ApiResult};
use crate::pages::passkey::bytes;
use crate::pages::refusal::{Wrong, status};
use crate::pages::shell::{Frame, page_with_script, page_with_status, see_other};
use crate::pages::visitor::Visitor;
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::factors::FactorError;
use crate::usecase::oneself::Oneself;
use crate::usecase::passkeys::{self, Ceremony, Registered};
use crate::usecase::step_up;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().route(PASSKEY, get(show).post(send))
}

#[derive(Template)]
#[template(path = "pages/account_passkey.html")]
struct Add {
    frame: Frame,
    form_token: String,
    challenge: String,
    /// Where the authority can have passkeys.
    party: Option<String>,
    handle: String,
    person: String,
    wrong: Option<Wrong>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    form_token: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    client_data: String,
    #[serde(default)]
    authenticator_data: String,
    #[serde(default)]
    public_key: String,
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
        return confirm_first(PASSKEY);
    }
    render(&state, frame, &visitor, &who, None).await
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
    let registered = Registered {
        name: form.name,
        client_data: bytes(&form.client_data),
        authenticator_data: bytes(&form.authenticator_data),
        public_key: bytes(&form.public_key),
    };
    match passkeys::register(&state, &who, registered).await {
        Ok(()) => see_other(HOME),
        Err(FactorError::Failed(failure)) if is_step_up(&failure) => confirm_first(PASSKEY),
        Err(error) => render(&state, frame, &visitor, &who, Some(&error.into())).await,
    }
}

async fn render(
    state: &AppState,
    frame: Frame,
    visitor: &Visitor,
    who: &Oneself,
    error: Option<&ApiError>,
) -> ApiResult<Response> {
    let challenge = passkeys::challenge(state, &visitor.secret.hash(), Ceremony::Register);
    let template = Add {
        form_token: visitor.secret.form_token(),
        challenge: URL_SAFE_NO_PAD.encode(challenge),
        party: passkeys::relying_party(state.origin()),
        handle: URL_SAFE_NO_PAD.encode(passkeys::user_handle(who.actor.tenant, who.actor.account)),
        person: overview::address(state, who).await?,
        wrong: error.map(|error| Wrong::of(&frame, error).at("name")),
        frame,
    };
    match template.party {
        Some(_) => page_with_script(status(error), &template, None),
        None => page_with_status(status(error), &template, None),
    }
}
