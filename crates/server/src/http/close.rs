//! `/v1/me/close`

use axum::extract::State;
use clausa_api::closing::{CloseAnswer, CloseRequest, FilesOfClosed};
use clausa_api::{Problem, ProblemType, paths};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiError, ApiJson, ApiResult};
use crate::request::Caller;
use crate::state::AppState;
use crate::texts::Phrase;
use crate::usecase::close_account::{CloseError, Files, close_own};

/// The end of one's own account.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(close))
}

/// Closes one's own account: sessions, tokens, devices and certificates end at once. Files go on opening for exactly the
/// people they name; the owner's rights end, or pass to the successor.
#[utoipa::path(post, path = paths::ME_CLOSE, tag = "identity", request_body = CloseRequest,
    responses(
        (status = 200, description = "It is closed", body = CloseAnswer),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "step-up-needed", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "closing-refused", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn close(
    State(state): State<AppState>,
    caller: Caller,
    ApiJson(request): ApiJson<CloseRequest>,
) -> ApiResult<ApiJson<CloseAnswer>> {
    let files = files(request.files, request.successor.as_deref())?;
    let closed = close_own(&state, &(&caller).into(), &request.address, files, request.erase).await?;
    Ok(ApiJson(CloseAnswer {
        address: closed.address.to_string(),
        forgotten: closed.forgotten,
    }))
}

/// What was said about the files. An address that is none belongs to nobody.
pub(crate) fn files(what: FilesOfClosed, successor: Option<&str>) -> ApiResult<Files> {
    match (what, successor) {
        (FilesOfClosed::Keep, None) => Ok(Files::Keep),
        (FilesOfClosed::HandOver, Some(text)) => match text.trim().parse() {
            Ok(address) => Ok(Files::HandOver(address)),
            Err(_) => Err(CloseError::NoSuccessor.into()),
        },
        _ => Err(ApiError::new(ProblemType::InvalidRequest)
            .detail("name a successor with files `hand-over`, and none with `keep`")),
    }
}

impl From<CloseError> for ApiError {
    fn from(error: CloseError) -> Self {
        let refused = |detail: &str, key| {
            Self::new(ProblemType::ClosingRefused)
                .detail(detail)
                .told(Phrase::new(key))
        };
        match error {
            CloseError::OtherAddress => refused("type the address of this account", "close-other-address"),
            CloseError::NoSuccessor => refused(
                "nobody else of your organisation has that address; name somebody who has signed up, or keep the files",
                "close-no-successor",
            ),
            CloseError::LastAdministrator => refused(
                "you are the only administrator of your organisation: make somebody else one first",
                "close-last-administrator",
            ),
            CloseError::Closed => Self::new(ProblemType::NotSignedIn),
            CloseError::Forget(error) => {
                tracing::error!(%error, "an account is closed, but not all of it is forgotten");
                Self::internal(error)
            }
            CloseError::Failed(failure) => failure.into(),
        }
    }
}
