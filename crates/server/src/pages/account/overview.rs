//! What belongs to one's account, on one page.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use clausa_api::device::Device;
use clausa_api::factor::{Factor, FactorKind, FactorList};
use clausa_api::session::{Session, SessionKind};
use clausa_core::time::Timestamp;
use clausa_store::record::account::Role;
use utoipa_axum::router::OpenApiRouter;

use super::{HOME, oneself};
use crate::http::ApiResult;
use crate::pages::shell::{Frame, page};
use crate::pages::visitor::Visitor;
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::factors;
use crate::usecase::oneself::Oneself;
use crate::usecase::{devices, sessions};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().route(HOME, get(show))
}

#[derive(Template)]
#[template(path = "pages/account.html")]
struct Overview {
    frame: Frame,
    form_token: String,
    address: String,
    has_password: bool,
    has_authenticator: bool,
    recovery_codes: u32,
    factors: Vec<FactorRow>,
    sessions: Vec<SessionRow>,
    devices: Vec<DeviceRow>,
    administers: bool,
}

struct FactorRow {
    id: String,
    is_passkey: bool,
    name: String,
    added: String,
    used: String,
}

struct SessionRow {
    id: String,
    place: String,
    is_browser: bool,
    since: String,
    seen: String,
    current: bool,
}

struct DeviceRow {
    id: String,
    name: String,
    platform: String,
    seen: String,
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
    let seen = factors::list(&state, &who).await?;
    let (sessions, devices) = (
        sessions::list(&state, &who).await?,
        devices::list(&state, &who, None).await?,
    );
    let address = address(&state, &who).await?;
    let administers = who.actor.managed && who.actor.role == Role::Administrator;
    let mut shown = overview(
        frame,
        visitor.secret.form_token(),
        address,
        seen,
        sessions,
        devices,
    );
    shown.administers = administers;
    page(&shown, None)
}

pub(super) async fn address(state: &AppState, who: &Oneself) -> ApiResult<String> {
    let found = state
        .store()
        .read_with("account.address", who.clone(), |who, tx| {
            Box::pin(async move { who.addresses(tx).await })
        })
        .await?;
    Ok(found.first().map(ToString::to_string).unwrap_or_default())
}

fn overview(
    frame: Frame,
    form_token: String,
    address: String,
    seen: FactorList,
    sessions: Vec<Session>,
    devices: Vec<Device>,
) -> Overview {
    let is_totp = |factor: &Factor| factor.kind == FactorKind::Totp;
    Overview {
        form_token,
        address,
        has_password: seen.has_password,
        has_authenticator: seen.factors.iter().any(is_totp),
        recovery_codes: u32::try_from(seen.recovery_codes).unwrap_or(u32::MAX),
        factors: seen.factors.into_iter().map(|one| factor(&frame, one)).collect(),
        sessions: sessions.into_iter().map(|one| session(&frame, one)).collect(),
        devices: devices.into_iter().map(device).collect(),
        administers: false,
        frame,
    }
}

fn factor(frame: &Frame, factor: Factor) -> FactorRow {
    FactorRow {
        is_passkey: factor.kind == FactorKind::Passkey,
        id: factor.id,
        name: factor.name,
        added: moment(factor.created_at),
        used: factor.last_used.map_or_else(|| frame.t("account-never"), moment),
    }
}

fn session(frame: &Frame, session: Session) -> SessionRow {
    SessionRow {
        place: session
            .device_name
            .or(session.client)
            .unwrap_or_else(|| frame.t("account-unknown-client")),
        id: session.id,
        is_browser: session.kind == SessionKind::Browser,
        since: moment(session.created_at),
        seen: moment(session.last_seen),
        current: session.current,
    }
}

fn device(device: Device) -> DeviceRow {
    DeviceRow {
        id: device.thumbprint.to_string(),
        name: device.name,
        platform: device.platform,
        seen: moment(device.last_seen),
    }
}

/// Date and time of day in UTC, the same in every language.
pub(in crate::pages) fn moment(seconds: u64) -> String {
    let text = Timestamp::from_seconds(seconds).to_string();
    text.get(..16)
        .map(|text| format!("{} UTC", text.replace('T', " ")))
        .unwrap_or(text)
}
