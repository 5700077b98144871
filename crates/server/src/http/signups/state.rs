//! `POST /v1/signups/{id}/state`

use axum::extract::State;
use clausa_api::signup::{SignupState, VerifierRequest};
use clausa_api::{Problem, paths};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::{ApiJson, ApiPath, ApiResult};
use crate::state::AppState;
use crate::usecase::signup;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(state))
}

/// Reads where a sign-up stands, so that it can be resumed.
#[utoipa::path(post, path = paths::SIGNUP_STATE, tag = "sign-up", security(()), request_body = VerifierRequest,
    params(("id" = String, Path, description = "The sign-up")),
    responses(
        (status = 200, description = "Where the sign-up stands", body = SignupState),
        (status = 404, description = "not-found", body = Problem, content_type = "application/problem+json"),
    ))]
async fn state(
    State(state): State<AppState>,
    ApiPath(id): ApiPath<String>,
    ApiJson(request): ApiJson<VerifierRequest>,
) -> ApiResult<ApiJson<SignupState>> {
    let claim = super::claim(&id, &request.verifier)?;
    Ok(ApiJson(signup::state(&state, claim).await?))
}
