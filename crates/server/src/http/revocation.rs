//! Revoking a file.

use axum::extract::State;
use clausa_api::content::{Content, RevokeContentRequest};
use clausa_api::{Problem, paths};
use clausa_core::id::ContentId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiJson, ApiPath, ApiResult};
use crate::request::Caller;
use crate::state::AppState;
use crate::usecase::revoke_content;

/// Revocation.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(revoke))
}

/// Revokes one of the caller's own files. Once this is answered, no licence is issued for it any more; licences that
/// devices hold already end with their offline window.
#[utoipa::path(post, path = paths::CONTENT_REVOCATION, tag = "contents", request_body = RevokeContentRequest,
    params(("id" = String, Path, description = "The file's identifier")),
    responses(
        (status = 200, description = "The file, revoked", body = Content),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-found: there is none, or it is somebody else's", body = Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "media-type-unsupported", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn revoke(
    State(state): State<AppState>,
    caller: Caller,
    ApiPath(content): ApiPath<ContentId>,
    ApiJson(request): ApiJson<RevokeContentRequest>,
) -> ApiResult<ApiJson<Content>> {
    Ok(ApiJson(
        revoke_content::revoke_content(&state, &caller, content, request.including_owner).await?,
    ))
}
