//! What the buttons of the overview do: end a session, remove a device or a factor, sign out.

use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use clausa_core::id::DeviceThumbprint;
use clausa_store::record::ident::{FactorId, SessionId};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{HOME, confirm_first, is_step_up, oneself};
use crate::http::{ApiForm, ApiResult};
use crate::pages::shell::see_other;
use crate::pages::visitor::Visitor;
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::devices::{self, DeviceError};
use crate::usecase::factors::{self, FactorError};
use crate::usecase::oneself::Oneself;
use crate::usecase::sessions::{self, SessionError};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().route("/account/change", post(send))
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Act {
    /// End a session.
    EndSession,
    /// End all others.
    EndOthers,
    /// Remove a device.
    RemoveDevice,
    /// Remove an authenticator or a passkey.
    RemoveFactor,
    /// End this browser's session.
    SignOut,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    form_token: String,
    act: Act,
    #[serde(default)]
    id: String,
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
    match form.act {
        Act::EndSession => end_session(&state, &who, &form.id).await?,
        Act::EndOthers => match sessions::end_others(&state, &who).await {
            Err(SessionError::Failed(failure)) if is_step_up(&failure) => return confirm_first(HOME),
            outcome => {
                outcome?;
            }
        },
        Act::RemoveDevice => remove_device(&state, &who, &form.id).await?,
        Act::RemoveFactor => match remove_factor(&state, &who, &form.id).await {
            Err(FactorError::Failed(failure)) if is_step_up(&failure) => return confirm_first(HOME),
            outcome => outcome?,
        },
        Act::SignOut => {
            sessions::sign_out(&state, &who).await?;
            return see_other("/");
        }
    }
    see_other(HOME)
}

/// What is gone already need not be removed once more: a button may be pressed twice.
async fn end_session(state: &AppState, who: &Oneself, id: &str) -> Result<(), SessionError> {
    let Ok(id) = id.parse::<SessionId>() else {
        return Err(SessionError::Unknown);
    };
    match sessions::end(state, who, id).await {
        Err(SessionError::Unknown) => Ok(()),
        outcome => outcome,
    }
}

async fn remove_device(state: &AppState, who: &Oneself, id: &str) -> Result<(), DeviceError> {
    let Ok(id) = id.parse::<DeviceThumbprint>() else {
        return Err(DeviceError::Unknown);
    };
    match devices::remove(state, who, id).await {
        Err(DeviceError::Unknown) => Ok(()),
        outcome => outcome,
    }
}

async fn remove_factor(state: &AppState, who: &Oneself, id: &str) -> Result<(), FactorError> {
    let Ok(id) = id.parse::<FactorId>() else {
        return Err(FactorError::Unknown);
    };
    match factors::remove(state, who, id).await {
        Err(FactorError::Unknown) => Ok(()),
        outcome => outcome,
    }
}
