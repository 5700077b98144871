//! The log entries that the caller may see.

use axum::extract::State;
use axum::http::header::{self, HeaderName};
use clausa_api::log::{LogEvidencePage, LogPage, LogQuery};
use clausa_api::tile::{TileIndex, TileName};
use clausa_api::{Problem, ProblemType, paths};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiError, ApiJson, ApiPath, ApiQuery, ApiResult};
use crate::request::Caller;
use crate::state::AppState;
use crate::usecase::log_tree;
use crate::usecase::read_log::{self, ReadLogError};

type Headers<const N: usize> = [(HeaderName, &'static str); N];

const BYTES: (HeaderName, &str) = (header::CONTENT_TYPE, "application/octet-stream");
/// A tile of one width never changes; it is for one organisation's people.
const IMMUTABLE: &str = "private, max-age=31536000, immutable";

/// The log and the tree over it.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(read))
        .routes(routes!(entries))
        .routes(routes!(checkpoint))
        .routes(routes!(tile))
        .routes(routes!(bundle))
}

impl From<ReadLogError> for ApiError {
    fn from(error: ReadLogError) -> Self {
        match error {
            ReadLogError::PageSize => Self::new(ProblemType::InvalidRequest).detail("limit: 1 to 1000"),
            ReadLogError::Failed(failure) => failure.into(),
        }
    }
}

/// One page of the caller's own acts and of everything about the caller's files.
#[utoipa::path(get, path = paths::LOG, tag = "log", params(LogQuery),
    responses(
        (status = 200, description = "A page, in the order of the sequence numbers", body = LogPage),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn read(
    State(state): State<AppState>,
    caller: Caller,
    ApiQuery(query): ApiQuery<LogQuery>,
) -> ApiResult<ApiJson<LogPage>> {
    Ok(ApiJson(read_log::read_log(&state, &caller, &query).await?))
}

/// The same page, with what each entry's leaf in the tree over the log is computed from.
#[utoipa::path(get, path = paths::LOG_ENTRIES, tag = "log", params(LogQuery),
    responses(
        (status = 200, description = "A page, in the order of the sequence numbers", body = LogEvidencePage),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn entries(
    State(state): State<AppState>,
    caller: Caller,
    ApiQuery(query): ApiQuery<LogQuery>,
) -> ApiResult<ApiJson<LogEvidencePage>> {
    Ok(ApiJson(read_log::read_evidence(&state, &caller, &query).await?))
}

/// The newest checkpoint of the tree over the caller's tenant's log: a signed note (c2sp.org/tlog-checkpoint).
#[utoipa::path(get, path = paths::LOG_CHECKPOINT, tag = "log",
    responses(
        (status = 200, description = "The note", body = String, content_type = "text/plain"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-found: nothing has been logged yet", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn checkpoint(State(state): State<AppState>, caller: Caller) -> ApiResult<String> {
    let checkpoint = log_tree::read_checkpoint(&state, &caller).await?;
    checkpoint.ok_or_else(|| ApiError::new(ProblemType::NotFound))
}

/// The hashes of a tile of that tree, 32 bytes each, at most 256 (c2sp.org/tlog-tiles). Entry `i` of tile `n` on level `l`
/// is the root over the `256^l` leaves from `(256 n + i) 256^l` on.
#[utoipa::path(get, path = paths::LOG_TILE, tag = "log",
    params(("tile" = String, Path, description = "Level, number, and width of a partial one, such as 0/x001/067 or 1/000.p/17")),
    responses(
        (status = 200, description = "The hashes", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn tile(
    State(state): State<AppState>,
    caller: Caller,
    ApiPath(name): ApiPath<String>,
) -> ApiResult<(Headers<2>, Vec<u8>)> {
    let name: TileName = name.parse().map_err(|_| ProblemType::NotFound)?;
    let hashes = log_tree::read_tile(&state, &caller, name).await?;
    let hashes = hashes.ok_or(ProblemType::NotFound)?;
    Ok(([BYTES, (header::CACHE_CONTROL, IMMUTABLE)], hashes))
}

/// What the leaves of at most 256 entries are hashes of, each after its length in two bytes (c2sp.org/tlog-tiles), for
/// whoever may see all of these entries. People stand in it as salted hashes.
#[utoipa::path(get, path = paths::LOG_BUNDLE, tag = "log",
    params(("bundle" = String, Path, description = "Number, and width of a partial one, such as x001/067 or 000.p/17")),
    responses(
        (status = 200, description = "The leaves' data", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-found: also when it has entries that the caller may not see", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn bundle(
    State(state): State<AppState>,
    caller: Caller,
    ApiPath(name): ApiPath<String>,
) -> ApiResult<(Headers<1>, Vec<u8>)> {
    let name: TileIndex = name.parse().map_err(|_| ProblemType::NotFound)?;
    let entries = read_log::read_bundle(&state, &caller, name).await?;
    Ok(([BYTES], entries.ok_or(ProblemType::NotFound)?))
}
