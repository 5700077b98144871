//! `POST /v1/signups/{id}/mail`

use axum::extract::State;
use clausa_api::signup::{SignupState, VerifierRequest};
use clausa_api::{Problem, paths};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::{ApiJson, ApiPath, ApiResult};
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::signup;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(mail))
}

/// Sends the mail again, with a new code; the old one is void.
#[utoipa::path(post, path = paths::SIGNUP_MAIL, tag = "sign-up", security(()), request_body = VerifierRequest,
    params(("id" = String, Path, description = "The sign-up")),
    responses(
        (status = 200, description = "Where the sign-up stands", body = SignupState),
        (status = 404, description = "not-found", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "step-out-of-order", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn mail(
    State(state): State<AppState>,
    ApiPath(id): ApiPath<String>,
    context: RequestContext,
    ApiJson(request): ApiJson<VerifierRequest>,
) -> ApiResult<ApiJson<SignupState>> {
    let claim = super::claim(&id, &request.verifier)?;
    Ok(ApiJson(signup::resend(&state, claim, &context).await?))
}
