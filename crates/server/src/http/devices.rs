//! `/v1/devices`

use axum::extract::State;
use axum::http::StatusCode;
use clausa_api::device::{DeviceList, EnrolDeviceAnswer, EnrolDeviceRequest, Keystore};
use clausa_api::{Bytes, Problem, ProblemType, paths};
use clausa_core::id::DeviceThumbprint;
use clausa_store::record::device;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiError, ApiJson, ApiPath, ApiResult};
use crate::request::Caller;
use crate::state::AppState;
use crate::usecase::devices::{self, DeviceError, Enrol};

/// One's own devices.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(enrol, list))
        .routes(routes!(remove))
}

/// Enrols this device, or renews its certificate.
#[utoipa::path(post, path = paths::DEVICES, tag = "devices", request_body = EnrolDeviceRequest,
    responses(
        (status = 200, description = "What the device needs to publish and to check licences", body = EnrolDeviceAnswer),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "not-permitted: too many devices", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn enrol(
    State(state): State<AppState>,
    caller: Caller,
    ApiJson(request): ApiJson<EnrolDeviceRequest>,
) -> ApiResult<ApiJson<EnrolDeviceAnswer>> {
    let thumbprint = caller.key;
    let request = Enrol {
        decryption_key: request.decryption_key.0,
        name: request.name,
        platform: request.platform,
        keystore: match request.keystore {
            Keystore::OsKeyring => device::Keystore::OsKeyring,
            Keystore::File => device::Keystore::File,
        },
    };
    let enrolled = devices::enrol(&state, &caller, request).await?;
    Ok(ApiJson(EnrolDeviceAnswer {
        thumbprint,
        licensor_chain: enrolled.licensor_chain.into_iter().map(Bytes).collect(),
        key_set: Bytes(enrolled.key_set),
    }))
}

/// Lists one's devices.
#[utoipa::path(get, path = paths::DEVICES, tag = "devices",
    responses(
        (status = 200, description = "In the order of enrolment", body = DeviceList),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn list(State(state): State<AppState>, caller: Caller) -> ApiResult<ApiJson<DeviceList>> {
    Ok(ApiJson(DeviceList {
        devices: devices::list(&state, &(&caller).into(), Some(caller.key)).await?,
    }))
}

/// Removes one of one's devices, ends its sessions and revokes its certificates.
#[utoipa::path(delete, path = paths::DEVICE, tag = "devices",
    params(("thumbprint" = String, Path, description = "The device")),
    responses(
        (status = 204, description = "The device is removed"),
        (status = 401, description = "not-signed-in, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
    ))]
async fn remove(
    State(state): State<AppState>,
    caller: Caller,
    ApiPath(thumbprint): ApiPath<DeviceThumbprint>,
) -> ApiResult<StatusCode> {
    devices::remove(&state, &(&caller).into(), thumbprint).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<DeviceError> for ApiError {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::Malformed(rule) => Self::new(ProblemType::InvalidRequest).detail(rule),
            DeviceError::TooMany => {
                Self::new(ProblemType::NotPermitted).detail("remove a device that you no longer use first")
            }
            DeviceError::Unknown => Self::new(ProblemType::NotFound),
            DeviceError::Failed(failure) => failure.into(),
        }
    }
}
