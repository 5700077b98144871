//! `/v1/factors` and `/v1/recovery-codes`

use axum::extract::State;
use axum::http::StatusCode;
use clausa_api::factor::{FactorList, RecoveryCodes, TotpAdded, TotpBegun, TotpConfirmation, TotpRequest};
use clausa_api::{Problem, ProblemType, paths};
use clausa_store::record::ident::FactorId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zeroize::Zeroizing;

use super::{ApiError, ApiJson, ApiPath, ApiResult};
use crate::request::Caller;
use crate::state::AppState;
use crate::usecase::factors::{self, FactorError};

/// One's own factors.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(begin_totp))
        .routes(routes!(confirm_totp))
        .routes(routes!(remove))
        .routes(routes!(recovery_codes))
}

/// Lists one's factors beside a mailed code.
#[utoipa::path(get, path = paths::FACTORS, tag = "sessions",
    responses(
        (status = 200, description = "In the order in which they were added", body = FactorList),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn list(State(state): State<AppState>, caller: Caller) -> ApiResult<ApiJson<FactorList>> {
    Ok(ApiJson(factors::list(&state, &(&caller).into()).await?))
}

/// Begins an authenticator: its secret, which is told once.
#[utoipa::path(post, path = paths::FACTORS_TOTP, tag = "sessions", request_body = TotpRequest,
    responses(
        (status = 201, description = "The secret; show its first code to finish", body = TotpBegun),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "step-up-needed; not-permitted: too many factors", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn begin_totp(
    State(state): State<AppState>,
    caller: Caller,
    ApiJson(request): ApiJson<TotpRequest>,
) -> ApiResult<(StatusCode, ApiJson<TotpBegun>)> {
    let begun = factors::begin_totp(&state, &(&caller).into(), &request.name).await?;
    let answer = TotpBegun {
        id: begun.id.to_string(),
        secret: begun.secret.to_string(),
        uri: begun.uri.to_string(),
    };
    Ok((StatusCode::CREATED, ApiJson(answer)))
}

/// Shows an authenticator's first code: from now on it is asked for, and every other session ends.
#[utoipa::path(post, path = paths::FACTOR_CONFIRMATION, tag = "sessions", request_body = TotpConfirmation,
    params(("id" = String, Path, description = "The authenticator")),
    responses(
        (status = 200, description = "It is asked for from now on", body = TotpAdded),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "step-up-needed, code-wrong", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn confirm_totp(
    State(state): State<AppState>,
    caller: Caller,
    ApiPath(id): ApiPath<String>,
    ApiJson(request): ApiJson<TotpConfirmation>,
) -> ApiResult<ApiJson<TotpAdded>> {
    let added = factors::confirm_totp(&state, &(&caller).into(), factor(&id)?, &request.code).await?;
    Ok(ApiJson(TotpAdded {
        recovery_codes: plain(&added.recovery_codes),
        ended: added.ended,
    }))
}

/// Removes a factor.
#[utoipa::path(delete, path = paths::FACTOR, tag = "sessions",
    params(("id" = String, Path, description = "The factor")),
    responses(
        (status = 204, description = "It is asked for and accepted no more"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "step-up-needed", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn remove(
    State(state): State<AppState>,
    caller: Caller,
    ApiPath(id): ApiPath<String>,
) -> ApiResult<StatusCode> {
    factors::remove(&state, &(&caller).into(), factor(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Draws new recovery codes, which are told once; older ones work no more.
#[utoipa::path(post, path = paths::RECOVERY_CODES, tag = "sessions",
    responses(
        (status = 200, description = "Each for one use", body = RecoveryCodes),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "step-up-needed", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-found: there is no authenticator", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn recovery_codes(State(state): State<AppState>, caller: Caller) -> ApiResult<ApiJson<RecoveryCodes>> {
    let codes = factors::new_recovery_codes(&state, &(&caller).into()).await?;
    Ok(ApiJson(RecoveryCodes { codes: plain(&codes) }))
}

fn factor(id: &str) -> Result<FactorId, FactorError> {
    id.parse().map_err(|_| FactorError::Unknown)
}

fn plain(codes: &[Zeroizing<String>]) -> Vec<String> {
    codes.iter().map(|code| code.to_string()).collect()
}

impl From<FactorError> for ApiError {
    fn from(error: FactorError) -> Self {
        match error {
            FactorError::NameRefused => {
                Self::new(ProblemType::InvalidRequest).detail("a name has 1 to 100 printable characters")
            }
            FactorError::TooMany => {
                Self::new(ProblemType::NotPermitted).detail("remove a factor that you no longer use first")
            }
            FactorError::CodeWrong => Self::new(ProblemType::CodeWrong)
                .detail("look at the code that is shown now, and at the clock"),
            FactorError::PasskeyRefused(rule) => Self::new(ProblemType::InvalidRequest).detail(rule),
            FactorError::Unknown => Self::new(ProblemType::NotFound),
            FactorError::Failed(failure) => failure.into(),
        }
    }
}
