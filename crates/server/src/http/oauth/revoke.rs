//! `POST /oauth/revoke`

use axum::extract::State;
use axum::http::StatusCode;
use clausa_api::token::TokenRevokeRequest;
use clausa_api::{Problem, paths};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::{ApiForm, ApiResult};
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::tokens;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(revoke))
}

/// Ends the session of a token. A token that does not work is answered the same.
#[utoipa::path(post, path = paths::TOKEN_REVOKE, tag = "sign-in", security(()),
    request_body(content = TokenRevokeRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 204, description = "The token does not work any more"),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
    ))]
async fn revoke(
    State(state): State<AppState>,
    context: RequestContext,
    ApiForm(request): ApiForm<TokenRevokeRequest>,
) -> ApiResult<StatusCode> {
    tokens::revoke(&state, &request.token, &context).await?;
    Ok(StatusCode::NO_CONTENT)
}
