//! `POST /v1/signups/{id}/proof`

use axum::extract::State;
use clausa_api::signup::{ProofRequest, SignupState};
use clausa_api::{Problem, paths};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::{ApiJson, ApiPath, ApiResult};
use crate::state::AppState;
use crate::usecase::signup;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(proof))
}

/// Proves the address with the mailed code.
#[utoipa::path(post, path = paths::SIGNUP_PROOF, tag = "sign-up", security(()), request_body = ProofRequest,
    params(("id" = String, Path, description = "The sign-up")),
    responses(
        (status = 200, description = "Where the sign-up stands", body = SignupState),
        (status = 404, description = "not-found", body = Problem, content_type = "application/problem+json"),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "code-wrong, code-void", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "step-out-of-order", body = Problem, content_type = "application/problem+json"),
    ))]
async fn proof(
    State(state): State<AppState>,
    ApiPath(id): ApiPath<String>,
    ApiJson(request): ApiJson<ProofRequest>,
) -> ApiResult<ApiJson<SignupState>> {
    let claim = super::claim(&id, &request.verifier)?;
    Ok(ApiJson(signup::prove(&state, claim, &request.code).await?))
}
