//! `/v1/accounts`

use axum::extract::State;
use axum::http::StatusCode;
use clausa_api::account::{AccountPage, AccountQuery, RoleRequest};
use clausa_api::{Problem, ProblemType, paths};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiError, ApiJson, ApiPath, ApiQuery, ApiResult};
use crate::request::Caller;
use crate::state::AppState;
use crate::usecase::people::{self, PeopleError};

/// An organisation's people, for its administrator.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(set_role))
}

/// Lists the organisation's people. That it was done is in the log.
#[utoipa::path(get, path = paths::ACCOUNTS, tag = "accounts", params(AccountQuery),
    responses(
        (status = 200, description = "A page, by address", body = AccountPage),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "not-permitted, factor-needed", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn list(
    State(state): State<AppState>,
    caller: Caller,
    ApiQuery(query): ApiQuery<AccountQuery>,
) -> ApiResult<ApiJson<AccountPage>> {
    Ok(ApiJson(people::list(&state, &(&caller).into(), query).await?))
}

/// Makes somebody the organisation's administrator, or a member again. It asks for a fresh proof of who one is.
#[utoipa::path(put, path = paths::ACCOUNT_ROLE, tag = "accounts", request_body = RoleRequest,
    params(("id" = String, Path, description = "The account")),
    responses(
        (status = 204, description = "The person has the role"),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "step-up-needed, not-permitted, factor-needed", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "last-administrator", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn set_role(
    State(state): State<AppState>,
    caller: Caller,
    ApiPath(id): ApiPath<String>,
    ApiJson(request): ApiJson<RoleRequest>,
) -> ApiResult<StatusCode> {
    let account = id.parse().map_err(|_| PeopleError::Unknown)?;
    people::set_role(&state, &(&caller).into(), account, &request.role).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<PeopleError> for ApiError {
    fn from(error: PeopleError) -> Self {
        let detail = error.to_string();
        match error {
            PeopleError::PageSize | PeopleError::Role => {
                Self::new(ProblemType::InvalidRequest).detail(detail)
            }
            PeopleError::Unknown => Self::new(ProblemType::NotFound),
            PeopleError::LastAdministrator => Self::new(ProblemType::LastAdministrator).detail(detail),
            PeopleError::Failed(failure) => failure.into(),
        }
    }
}
