//! `POST /v1/signups/{id}/handover` and `POST /v1/signups:continue`

use axum::extract::State;
use clausa_api::signup::{ContinueRequest, Handover, SignupState, VerifierRequest};
use clausa_api::{Problem, paths};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::{ApiJson, ApiPath, ApiResult};
use crate::state::AppState;
use crate::usecase::signup;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(hand_over))
        .routes(routes!(continue_with))
}

/// Draws the token by which another client, or a browser, goes on with a sign-up that waits for its code.
#[utoipa::path(post, path = paths::SIGNUP_HANDOVER, tag = "sign-up", security(()), request_body = VerifierRequest,
    params(("id" = String, Path, description = "The sign-up")),
    responses(
        (status = 200, description = "The token; nothing changes until it is used", body = Handover),
        (status = 404, description = "not-found", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "step-out-of-order", body = Problem, content_type = "application/problem+json"),
    ))]
async fn hand_over(
    State(state): State<AppState>,
    ApiPath(id): ApiPath<String>,
    ApiJson(request): ApiJson<VerifierRequest>,
) -> ApiResult<ApiJson<Handover>> {
    let claim = super::claim(&id, &request.verifier)?;
    Ok(ApiJson(signup::hand_over(&state, claim).await?))
}

/// Goes on with a sign-up that was handed over. The verifier that began it is worth nothing afterwards.
#[utoipa::path(post, path = paths::SIGNUPS_CONTINUE, tag = "sign-up", security(()), request_body = ContinueRequest,
    responses(
        (status = 200, description = "Where the sign-up stands", body = SignupState),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "code-void", body = Problem, content_type = "application/problem+json"),
    ))]
async fn continue_with(
    State(state): State<AppState>,
    ApiJson(request): ApiJson<ContinueRequest>,
) -> ApiResult<ApiJson<SignupState>> {
    let challenge = super::secret(&request.challenge, "challenge has 32 bytes")?;
    Ok(ApiJson(
        signup::continue_with(&state, &request.token, challenge).await?,
    ))
}
