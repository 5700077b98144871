//! Asking for a use licence.

use axum::extract::DefaultBodyLimit;
use axum::extract::State;
use clausa_api::licence::{
    LicenceAnswer, LicenceRequest, LicenceResult, LicencesAnswer, LicencesRequest, MAX_LICENCES,
};
use clausa_api::{Bytes, Problem, ProblemType, paths};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiError, ApiJson, ApiResult};
use crate::state::AppState;
use crate::usecase::authenticate::Announced;
use crate::usecase::issue_licence::{self, IssueLicenceError, IssuedLicence, LicenceOrder, LicenceRefusal};

/// Largest request body for several licences, in bytes: [`MAX_LICENCES`] publishing licences of 5 KiB as base64, and room.
/// It is read once the caller is known.
const MAX_SEVERAL_BODY: usize = 8 * 1024 * 1024;

/// Use licences.
pub fn routes() -> OpenApiRouter<AppState> {
    let several = OpenApiRouter::new()
        .routes(routes!(issue_several))
        .layer(DefaultBodyLimit::max(MAX_SEVERAL_BODY));
    OpenApiRouter::new().routes(routes!(issue)).merge(several)
}

impl From<IssueLicenceError> for ApiError {
    fn from(error: IssueLicenceError) -> Self {
        match error {
            IssueLicenceError::Refused(refusal) => refusal.into(),
            IssueLicenceError::Failed(failure) => failure.into(),
            IssueLicenceError::NotAdmitted(refused) => refused.into(),
            IssueLicenceError::Changed => Self::unavailable(1),
        }
    }
}

impl From<LicenceRefusal> for ApiError {
    fn from(refusal: LicenceRefusal) -> Self {
        if let Some(controlled) = refusal.controlled {
            return (*controlled).into();
        }
        let mut error = Self::new(refusal.problem);
        if let Some(owner) = &refusal.owner {
            error = error
                .contact(owner.as_str())
                .detail(format!("ask the owner, {owner}"));
        }
        if let Some(right) = refusal.right {
            error = error.right(right.as_str());
        }
        if let Some(at) = refusal.at {
            error = error.at(at.seconds());
        }
        error
    }
}

/// Asks for a use licence for the device whose key signed this request's proof. The licence is in the log before it
/// is in the answer, and so is a refusal.
#[utoipa::path(post, path = paths::LICENCES, tag = "licences", request_body = LicenceRequest,
    responses(
        (status = 200, description = "The licence, sealed to the calling device", body = LicenceAnswer),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "not-named, right-missing, not-yet-valid, access-expired, access-revoked, \
            device-unknown; `contact` is the owner", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "content-conflict", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "too-large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "media-type-unsupported", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "licence-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn issue(
    State(state): State<AppState>,
    announced: Announced,
    ApiJson(request): ApiJson<LicenceRequest>,
) -> ApiResult<ApiJson<LicenceAnswer>> {
    let order = order(request)?;
    let issued = issue_licence::issue_licence(&state, announced, order).await?;
    Ok(ApiJson(answer(issued)))
}

/// Asks for use licences of up to 1 000 files for the device whose key signed this request's proof. Each is counted,
/// decided and logged as if it had been asked for alone.
#[utoipa::path(post, path = paths::LICENCES_BATCH, tag = "licences", request_body = LicencesRequest,
    responses(
        (status = 200, description = "What became of each file, in the order of the request. Its problem is one of \
            not-named, receiving-refused, protecting-refused, right-missing, not-yet-valid, access-expired, access-revoked, device-unknown, \
            content-conflict, licence-invalid, rate-limited; `contact` is the owner",
            body = LicencesAnswer),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "too-large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "media-type-unsupported", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn issue_several(
    State(state): State<AppState>,
    announced: Announced,
    ApiJson(request): ApiJson<LicencesRequest>,
) -> ApiResult<ApiJson<LicencesAnswer>> {
    if !(1..=MAX_LICENCES).contains(&request.licences.len()) {
        return Err(
            ApiError::new(ProblemType::InvalidRequest).detail(format!("licences: 1 to {MAX_LICENCES} files"))
        );
    }
    let orders: Vec<_> = request
        .licences
        .into_iter()
        .map(order)
        .collect::<Result<_, _>>()?;
    let issued = issue_licence::issue_licences(&state, announced, orders).await?;
    let results = issued.into_iter().map(|issued| match issued {
        Ok(issued) => LicenceResult {
            licence: Some(answer(issued)),
            problem: None,
        },
        Err(error) => LicenceResult {
            licence: None,
            problem: Some(ApiError::from(error).into_problem()),
        },
    });
    Ok(ApiJson(LicencesAnswer {
        results: results.collect(),
    }))
}

fn order(request: LicenceRequest) -> Result<LicenceOrder, ApiError> {
    let nonce = request
        .nonce
        .0
        .try_into()
        .map_err(|_| ApiError::new(ProblemType::InvalidRequest).detail("nonce: 16 bytes"))?;
    Ok(LicenceOrder {
        publishing_licence: request.publishing_licence.0,
        nonce,
        purpose: request.purpose,
    })
}

fn answer(issued: IssuedLicence) -> LicenceAnswer {
    LicenceAnswer {
        use_licence: Bytes(issued.use_licence),
        certificate: Bytes(issued.certificate),
    }
}
