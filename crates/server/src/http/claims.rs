//! `/v1/claims`

use axum::extract::State;
use axum::http::StatusCode;
use clausa_api::claim::{Claim, ClaimList, ClaimRequest, ClaimStarted};
use clausa_api::{Problem, ProblemType, paths};
use clausa_store::record::ident::ClaimId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiError, ApiJson, ApiPath, ApiResult};
use crate::request::Caller;
use crate::state::AppState;
use crate::usecase::claim::{self, ClaimError};

/// Taking over the administration of one's organisation.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, start))
        .routes(routes!(check))
        .routes(routes!(cancel))
        .routes(routes!(dispute))
}

/// Lists one's own claims, and those of others that were proven.
#[utoipa::path(get, path = paths::CLAIMS, tag = "claims",
    responses(
        (status = 200, description = "The newest first", body = ClaimList),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "not-permitted", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn list(State(state): State<AppState>, caller: Caller) -> ApiResult<ApiJson<ClaimList>> {
    let claims = claim::list(&state, &(&caller).into()).await?;
    Ok(ApiJson(ClaimList { claims }))
}

/// Begins a claim to administer one's organisation. It asks for a fresh proof of who one is.
#[utoipa::path(post, path = paths::CLAIMS, tag = "claims", request_body = ClaimRequest,
    responses(
        (status = 200, description = "The record to make", body = ClaimStarted),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "step-up-needed, not-permitted", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "claim-refused", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn start(
    State(state): State<AppState>,
    caller: Caller,
    ApiJson(request): ApiJson<ClaimRequest>,
) -> ApiResult<ApiJson<ClaimStarted>> {
    let started = claim::start(&state, &(&caller).into(), &request.domain).await?;
    Ok(ApiJson(ClaimStarted {
        record_value: started.value.text(),
        record_name: started.record_name,
        claim: started.claim,
    }))
}

/// Looks for the record of one's claim. When it is seen, every member is told and the delay begins.
#[utoipa::path(post, path = paths::CLAIM_CHECK, tag = "claims",
    params(("id" = String, Path, description = "The claim")),
    responses(
        (status = 200, description = "The record was seen", body = Claim),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "not-permitted", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "claim-unproven, claim-refused", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn check(
    State(state): State<AppState>,
    caller: Caller,
    ApiPath(id): ApiPath<String>,
) -> ApiResult<ApiJson<Claim>> {
    Ok(ApiJson(
        claim::check(&state, &(&caller).into(), read(&id)?).await?,
    ))
}

/// Gives up one's claim.
#[utoipa::path(delete, path = paths::CLAIM, tag = "claims",
    params(("id" = String, Path, description = "The claim")),
    responses(
        (status = 204, description = "The claim is over"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "not-permitted", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "claim-refused", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn cancel(
    State(state): State<AppState>,
    caller: Caller,
    ApiPath(id): ApiPath<String>,
) -> ApiResult<StatusCode> {
    claim::cancel(&state, &(&caller).into(), read(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Objects to somebody else's claim, which ends it.
#[utoipa::path(post, path = paths::CLAIM_DISPUTE, tag = "claims",
    params(("id" = String, Path, description = "The claim")),
    responses(
        (status = 204, description = "The claim is over"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "not-permitted", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "claim-refused", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn dispute(
    State(state): State<AppState>,
    caller: Caller,
    ApiPath(id): ApiPath<String>,
) -> ApiResult<StatusCode> {
    claim::dispute(&state, &(&caller).into(), read(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn read(id: &str) -> Result<ClaimId, ClaimError> {
    id.parse().map_err(|_| ClaimError::Unknown)
}

impl From<ClaimError> for ApiError {
    fn from(error: ClaimError) -> Self {
        let detail = error.to_string();
        match error {
            ClaimError::Unknown => Self::new(ProblemType::NotFound),
            ClaimError::Absent | ClaimError::Divided | ClaimError::Unanswered => {
                Self::new(ProblemType::ClaimUnproven).detail(detail)
            }
            ClaimError::Off
            | ClaimError::NotYourDomain { .. }
            | ClaimError::Managed
            | ClaimError::AnotherIsProven
            | ClaimError::NotWaiting(_) => Self::new(ProblemType::ClaimRefused).detail(detail),
            ClaimError::Failed(failure) => failure.into(),
        }
    }
}
