//! The organisation's people, and who administers it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use clausa_api::account::{AccountEntry, AccountQuery};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::HOME;
use crate::http::{ApiForm, ApiQuery, ApiResult};
use crate::pages::account::overview::moment;
use crate::pages::account::{confirm_first, is_step_up, oneself};
use crate::pages::shell::{Frame, page, see_other};
use crate::pages::visitor::Visitor;
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::controls;
use crate::usecase::people::{self, PeopleError};

/// People of one page.
const PAGE: u32 = 50;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .route(HOME, get(show))
        .route("/organisation/role", post(set_role))
}

#[derive(Template)]
#[template(path = "pages/organisation.html")]
struct PeoplePage {
    frame: Frame,
    form_token: String,
    name: String,
    plan: String,
    search: String,
    is_first: bool,
    people: Vec<Row>,
    /// The address of the next page.
    next: Option<String>,
}

struct Row {
    id: String,
    address: String,
    name: String,
    role: String,
    state: String,
    since: String,
    /// Its button makes a member, or an administrator; guests and closed accounts have none.
    becomes_member: bool,
    becomes_administrator: bool,
}

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    search: String,
    #[serde(default)]
    after: String,
}

async fn show(
    State(state): State<AppState>,
    frame: Frame,
    visitor: Visitor,
    context: RequestContext,
    ApiQuery(query): ApiQuery<Query>,
) -> ApiResult<Response> {
    let who = match oneself(&state, &visitor, &context).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let controls = controls::read(&state, &who).await?;
    let asked = AccountQuery {
        search: Some(query.search.clone()),
        after: Some(query.after.clone()),
        limit: Some(PAGE),
    };
    let listed = people::list(&state, &who, asked).await?;
    let next = listed.next.map(|after| {
        let target = format!("{HOME}?");
        let start = target.len();
        let mut text = url::form_urlencoded::Serializer::for_suffix(target, start);
        text.extend_pairs([("search", query.search.as_str()), ("after", after.as_str())]);
        text.finish()
    });
    let template = PeoplePage {
        form_token: visitor.secret.form_token(),
        name: controls.organisation,
        plan: match controls.plan.as_str() {
            "organisation" => frame.t("organisation-plan-organisation"),
            _ => frame.t("organisation-plan-individual"),
        },
        search: query.search,
        is_first: query.after.is_empty(),
        people: listed.accounts.into_iter().map(|one| row(&frame, one)).collect(),
        next,
        frame,
    };
    page(&template, None)
}

fn row(frame: &Frame, entry: AccountEntry) -> Row {
    let is_active = entry.state == "active";
    let role = match entry.role.as_str() {
        "administrator" => frame.t("organisation-role-administrator"),
        "member" => frame.t("organisation-role-member"),
        _ => frame.t("organisation-role-guest"),
    };
    Row {
        id: entry.id.to_string(),
        address: entry.address,
        name: entry.name.unwrap_or_default(),
        role,
        state: match is_active {
            true => frame.t("organisation-state-active"),
            false => frame.t("organisation-state-closed"),
        },
        since: moment(entry.created_at),
        becomes_member: is_active && entry.role == "administrator",
        becomes_administrator: is_active && entry.role == "member",
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    form_token: String,
    id: String,
    role: String,
}

async fn set_role(
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
    let account = form.id.parse().map_err(|_| PeopleError::Unknown)?;
    match people::set_role(&state, &who, account, &form.role).await {
        Err(PeopleError::Failed(failure)) if is_step_up(&failure) => confirm_first(HOME),
        outcome => {
            outcome?;
            see_other(HOME)
        }
    }
}
