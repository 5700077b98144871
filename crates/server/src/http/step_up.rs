//! `/v1/step-up`

use axum::extract::State;
use clausa_api::step_up::{StepUpRequest, StepUpState};
use clausa_api::{Problem, paths};
use clausa_store::record::proof::Factor;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zeroize::Zeroizing;

use super::{ApiJson, ApiResult};
use crate::request::Caller;
use crate::state::AppState;
use crate::usecase::sign_in::{ShownCode, SignInError};
use crate::usecase::step_up::{self, FRESH_SECONDS, Shown, Standing};

/// Showing again who one is.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(read, show))
}

/// How fresh the session's last proof is, and how to show again who one is.
#[utoipa::path(get, path = paths::STEP_UP, tag = "sessions",
    responses(
        (status = 200, description = "How fresh the last proof is", body = StepUpState),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn read(State(state): State<AppState>, caller: Caller) -> ApiResult<ApiJson<StepUpState>> {
    let standing = step_up::standing(&state, &(&caller).into()).await?;
    Ok(ApiJson(answer(&standing)))
}

/// Shows again who one is. Acts that ask for a fresh proof are then allowed for five minutes, in this session.
#[utoipa::path(post, path = paths::STEP_UP, tag = "sessions", request_body = StepUpRequest,
    responses(
        (status = 200, description = "It is shown", body = StepUpState),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "not-signed-in, proof-invalid, sign-in-refused", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "code-wrong, code-void", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "unavailable", body = Problem, content_type = "application/problem+json"),
    ))]
async fn show(
    State(state): State<AppState>,
    caller: Caller,
    ApiJson(request): ApiJson<StepUpRequest>,
) -> ApiResult<ApiJson<StepUpState>> {
    let standing = step_up::show(&state, &(&caller).into(), shown(request)?).await?;
    Ok(ApiJson(answer(&standing)))
}

fn shown(request: StepUpRequest) -> Result<Shown, SignInError> {
    let rule = "show either the password, or one_time_code, or login, verifier and code";
    match request {
        StepUpRequest {
            password: Some(password),
            one_time_code: None,
            login: None,
            verifier: None,
            code: None,
        } => Ok(Shown::Password(Zeroizing::new(password))),
        StepUpRequest {
            password: None,
            one_time_code: Some(code),
            login: None,
            verifier: None,
            code: None,
        } => Ok(Shown::OneTimeCode(Zeroizing::new(code))),
        StepUpRequest {
            password: None,
            one_time_code: None,
            login: Some(login),
            verifier: Some(verifier),
            code: Some(code),
        } => {
            let verifier: [u8; 32] = verifier
                .0
                .try_into()
                .map_err(|_| SignInError::Malformed("verifier is base64url of 32 bytes"))?;
            Ok(Shown::MailCode(ShownCode::read(&login, &verifier, &code)?))
        }
        _ => Err(SignInError::Malformed(rule)),
    }
}

fn answer(standing: &Standing) -> StepUpState {
    let words = |factors: &mut dyn Iterator<Item = Factor>| -> Vec<String> {
        factors.map(|factor| factor.as_str().to_owned()).collect()
    };
    StepUpState {
        fresh: standing.fresh,
        fresh_until: standing.proof.at.plus_seconds(FRESH_SECONDS).seconds(),
        proven_by: words(&mut standing.proof.by.iter()),
        ways: words(&mut standing.ways.iter().copied()),
    }
}
