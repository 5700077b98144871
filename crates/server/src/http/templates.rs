//! The templates that the caller may choose.

use axum::extract::State;
use clausa_api::template::TemplateList;
use clausa_api::{Problem, paths};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiJson, ApiResult};
use crate::request::Caller;
use crate::state::AppState;
use crate::usecase::list_templates;

/// The list of templates.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(templates))
}

/// The current versions of the tenant's templates, by name.
#[utoipa::path(get, path = paths::TEMPLATES, tag = "publishing",
    responses(
        (status = 200, description = "The templates", body = TemplateList),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn templates(State(state): State<AppState>, caller: Caller) -> ApiResult<ApiJson<TemplateList>> {
    Ok(ApiJson(list_templates::list_templates(&state, &caller).await?))
}
