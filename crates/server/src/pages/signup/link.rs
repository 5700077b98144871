//! The page that the mail links to. Opening it changes nothing, whoever does, mail scanners included (`SEC-74`).

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use clausa_api::signup::SignupStep;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{LINK, current, next_page};
use crate::http::{ApiQuery, ApiResult};
use crate::pages::shell::{Frame, page};
use crate::pages::visitor::Visitor;
use crate::state::AppState;
use crate::usecase::mailed_code::Code;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().route(LINK, get(show))
}

#[derive(Template)]
#[template(path = "pages/signup_link.html")]
struct Link {
    frame: Frame,
    form_token: String,
    address: String,
    /// Only for the browser that began.
    code: Option<String>,
}

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    id: String,
    #[serde(default)]
    code: String,
}

async fn show(
    State(state): State<AppState>,
    frame: Frame,
    visitor: Visitor,
    ApiQuery(query): ApiQuery<Query>,
) -> ApiResult<Response> {
    let own = current(&state, &visitor)
        .await?
        .filter(|current| current.id.to_string() == query.id);
    if let Some(own) = &own
        && !matches!(own.state.next, SignupStep::MailProof { .. })
    {
        return next_page(&own.state.next);
    }
    let code = own
        .as_ref()
        .and_then(|_| Code::parse(&query.code))
        .map(|code| code.digits().to_owned());
    let template = Link {
        frame,
        form_token: visitor.secret.form_token(),
        address: own.map(|own| own.state.address.to_string()).unwrap_or_default(),
        code,
    };
    page(&template, None)
}
