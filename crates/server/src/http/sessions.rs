//! `/v1/sessions`

use axum::extract::State;
use axum::http::StatusCode;
use clausa_api::session::{EndedSessions, SessionList};
use clausa_api::{Problem, ProblemType, paths};
use clausa_store::record::ident::SessionId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiError, ApiJson, ApiPath, ApiResult};
use crate::request::Caller;
use crate::state::AppState;
use crate::usecase::sessions::{self, SessionError};

/// One's own sessions.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, end_others))
        .routes(routes!(end))
}

/// Lists what is signed in as oneself, clients and browsers.
#[utoipa::path(get, path = paths::SESSIONS, tag = "sessions",
    responses(
        (status = 200, description = "The newest first", body = SessionList),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn list(State(state): State<AppState>, caller: Caller) -> ApiResult<ApiJson<SessionList>> {
    Ok(ApiJson(SessionList {
        sessions: sessions::list(&state, &(&caller).into()).await?,
    }))
}

/// Ends all of one's sessions but the one that asks.
#[utoipa::path(delete, path = paths::SESSIONS, tag = "sessions",
    responses(
        (status = 200, description = "How many were ended", body = EndedSessions),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "step-up-needed", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn end_others(State(state): State<AppState>, caller: Caller) -> ApiResult<ApiJson<EndedSessions>> {
    let ended = sessions::end_others(&state, &(&caller).into()).await?;
    Ok(ApiJson(EndedSessions { ended }))
}

/// Ends one of one's sessions.
#[utoipa::path(delete, path = paths::SESSION, tag = "sessions",
    params(("id" = String, Path, description = "The session")),
    responses(
        (status = 204, description = "The session has ended"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn end(
    State(state): State<AppState>,
    caller: Caller,
    ApiPath(id): ApiPath<String>,
) -> ApiResult<StatusCode> {
    let id: SessionId = id.parse().map_err(|_| SessionError::Unknown)?;
    sessions::end(&state, &(&caller).into(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<SessionError> for ApiError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Unknown => Self::new(ProblemType::NotFound),
            SessionError::Failed(failure) => failure.into(),
        }
    }
}
