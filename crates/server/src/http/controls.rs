//! `/v1/controls`

use axum::extract::State;
use clausa_api::controls::{Controls, ControlsChange, Preview, PreviewRequest};
use clausa_api::{Problem, ProblemType, paths};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiError, ApiJson, ApiResult};
use crate::request::Caller;
use crate::state::AppState;
use crate::texts::Phrase;
use crate::usecase::controls::{self, Controlled, ControlsError};

/// What an organisation's administrator sets for everybody in it.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(read, change))
        .routes(routes!(preview))
}

/// Says what holds in the organisation that the caller administers.
#[utoipa::path(get, path = paths::CONTROLS, tag = "controls",
    responses(
        (status = 200, description = "What holds", body = Controls),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "not-permitted, factor-needed", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn read(State(state): State<AppState>, caller: Caller) -> ApiResult<ApiJson<Controls>> {
    Ok(ApiJson(controls::read(&state, &(&caller).into()).await?))
}

/// Sets what the request names, and leaves the rest. It asks for a fresh proof of who one is.
#[utoipa::path(patch, path = paths::CONTROLS, tag = "controls", request_body = ControlsChange,
    responses(
        (status = 200, description = "What holds now", body = Controls),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "step-up-needed, not-permitted, factor-needed", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn change(
    State(state): State<AppState>,
    caller: Caller,
    ApiJson(request): ApiJson<ControlsChange>,
) -> ApiResult<ApiJson<Controls>> {
    Ok(ApiJson(
        controls::change(&state, &(&caller).into(), request).await?,
    ))
}

/// Says who of the organisation would protect files if the change were set. Nothing is kept.
#[utoipa::path(post, path = paths::CONTROLS_PREVIEW, tag = "controls", request_body = PreviewRequest,
    responses(
        (status = 200, description = "Its people, by address", body = Preview),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "not-permitted, factor-needed", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn preview(
    State(state): State<AppState>,
    caller: Caller,
    ApiJson(request): ApiJson<PreviewRequest>,
) -> ApiResult<ApiJson<Preview>> {
    Ok(ApiJson(
        controls::preview(&state, &(&caller).into(), request.change, request.after).await?,
    ))
}

impl From<ControlsError> for ApiError {
    fn from(error: ControlsError) -> Self {
        match error {
            ControlsError::Malformed { field, .. } => Self::new(ProblemType::InvalidRequest)
                .detail(error.to_string())
                .told(Phrase::new(match field {
                    "plan" => "controls-wrong-plan",
                    "protectors" => "controls-wrong-protectors",
                    "never_receive" => "controls-wrong-never-receive",
                    "session_hours" => "controls-wrong-session-hours",
                    _ => "controls-wrong-contact",
                })),
            ControlsError::OwnFactorFirst => Self::new(ProblemType::StepUpNeeded)
                .detail(error.to_string())
                .told(Phrase::new("controls-own-factor-first")),
            ControlsError::Failed(failure) => failure.into(),
        }
    }
}

impl From<Controlled> for ApiError {
    fn from(controlled: Controlled) -> Self {
        let refused = Self::new(controlled.rule.problem()).detail(controlled.to_string());
        match controlled.contact {
            Some(contact) => refused.contact(contact),
            None => refused,
        }
    }
}
