//! `POST /v1/signups`

use axum::extract::State;
use axum::http::StatusCode;
use clausa_api::signup::{SignupRequest, SignupState};
use clausa_api::{Problem, paths};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::{ApiJson, ApiResult};
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::signup::{self, Begin};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(begin))
}

/// Begins a sign-up: a mail with a code goes to the address.
#[utoipa::path(post, path = paths::SIGNUPS, tag = "sign-up", security(()), request_body = SignupRequest,
    responses(
        (status = 201, description = "A mail is on its way", body = SignupState),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "joining-refused", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "account-exists, in an organisation that runs its own accounts", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "address-invalid, address-refused", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn begin(
    State(state): State<AppState>,
    context: RequestContext,
    ApiJson(request): ApiJson<SignupRequest>,
) -> ApiResult<(StatusCode, ApiJson<SignupState>)> {
    let challenge = super::secret(&request.challenge, "challenge has 32 bytes")?;
    let begin = Begin {
        address: &request.address,
        challenge,
        waiting: request.waiting,
    };
    Ok((
        StatusCode::CREATED,
        ApiJson(signup::begin(&state, begin, &context).await?),
    ))
}
