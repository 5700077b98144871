//! `POST /v1/signups/{id}/profile`

use axum::extract::State;
use clausa_api::signup::{ProfileRequest, SignupState};
use clausa_api::{Problem, paths};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zeroize::Zeroizing;

use crate::http::{ApiJson, ApiPath, ApiResult};
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::signup::{self, Profile};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(profile))
}

/// Fills in "one last thing" and makes the account.
#[utoipa::path(post, path = paths::SIGNUP_PROFILE, tag = "sign-up", security(()), request_body = ProfileRequest,
    params(("id" = String, Path, description = "The sign-up")),
    responses(
        (status = 200, description = "Where the sign-up stands", body = SignupState),
        (status = 404, description = "not-found", body = Problem, content_type = "application/problem+json"),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "joining-refused", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "step-out-of-order", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "password-refused", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "unavailable", body = Problem, content_type = "application/problem+json"),
    ))]
async fn profile(
    State(state): State<AppState>,
    ApiPath(id): ApiPath<String>,
    context: RequestContext,
    ApiJson(request): ApiJson<ProfileRequest>,
) -> ApiResult<ApiJson<SignupState>> {
    let claim = super::claim(&id, &request.verifier)?;
    let profile = Profile {
        first_name: request.first_name,
        last_name: request.last_name,
        password: request.password.map(Zeroizing::new),
    };
    Ok(ApiJson(signup::finish(&state, claim, profile, &context).await?))
}
