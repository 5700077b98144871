//! `/v1/password`

use axum::extract::State;
use clausa_api::password::PasswordRequest;
use clausa_api::session::EndedSessions;
use clausa_api::{Problem, ProblemType, paths};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zeroize::Zeroizing;

use super::{ApiError, ApiJson, ApiResult};
use crate::request::Caller;
use crate::state::AppState;
use crate::texts::Phrase;
use crate::usecase::change_password::{ChangePasswordError, change_password};

/// One's own password.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(set, remove))
}

/// Sets or changes one's password, and ends every other session.
#[utoipa::path(put, path = paths::PASSWORD, tag = "sessions", request_body = PasswordRequest,
    responses(
        (status = 200, description = "How many sessions ended", body = EndedSessions),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "step-up-needed", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "password-refused", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "unavailable", body = Problem, content_type = "application/problem+json"),
    ))]
async fn set(
    State(state): State<AppState>,
    caller: Caller,
    ApiJson(request): ApiJson<PasswordRequest>,
) -> ApiResult<ApiJson<EndedSessions>> {
    let new = Some(Zeroizing::new(request.password));
    let ended = change_password(&state, &(&caller).into(), new).await?;
    Ok(ApiJson(EndedSessions { ended }))
}

/// Takes one's password away, and ends every other session. A mailed code signs in as before.
#[utoipa::path(delete, path = paths::PASSWORD, tag = "sessions",
    responses(
        (status = 200, description = "How many sessions ended", body = EndedSessions),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "step-up-needed", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn remove(State(state): State<AppState>, caller: Caller) -> ApiResult<ApiJson<EndedSessions>> {
    let ended = change_password(&state, &(&caller).into(), None).await?;
    Ok(ApiJson(EndedSessions { ended }))
}

impl From<ChangePasswordError> for ApiError {
    fn from(error: ChangePasswordError) -> Self {
        match error {
            ChangePasswordError::Refused(rule) => Self::new(ProblemType::PasswordRefused)
                .detail(rule.to_string())
                .told(Phrase::new(rule.text_key())),
            ChangePasswordError::Hash(error) => error.into(),
            ChangePasswordError::Failed(failure) => failure.into(),
        }
    }
}
