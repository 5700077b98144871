//! `POST /v1/logins`

use axum::extract::State;
use axum::http::StatusCode;
use clausa_api::token::{LoginRequest, LoginState};
use clausa_api::{Problem, ProblemType, paths};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiError, ApiJson, ApiResult};
use crate::request::RequestContext;
use crate::state::AppState;
use crate::texts::Phrase;
use crate::usecase::login::{self, LoginError};

/// Sign-in codes by mail.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(request_login))
}

/// Asks for a sign-in code by mail. The answer is the same whether or not the address has an account.
#[utoipa::path(post, path = paths::LOGINS, tag = "sign-in", security(()), request_body = LoginRequest,
    responses(
        (status = 201, description = "A code is on its way, if the address has an account", body = LoginState),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "address-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn request_login(
    State(state): State<AppState>,
    context: RequestContext,
    ApiJson(request): ApiJson<LoginRequest>,
) -> ApiResult<(StatusCode, ApiJson<LoginState>)> {
    let challenge = super::signups::secret(&request.challenge, "challenge has 32 bytes")?;
    let login = login::request_login(&state, &request.address, challenge, &context).await?;
    Ok((StatusCode::CREATED, ApiJson(login)))
}

impl From<LoginError> for ApiError {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::AddressInvalid(rule) => Self::new(ProblemType::AddressInvalid)
                .detail(rule.to_string())
                .told(Phrase::new(rule.text_key())),
            LoginError::Failed(failure) => failure.into(),
        }
    }
}
