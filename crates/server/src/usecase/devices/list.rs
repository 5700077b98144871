//! One's own devices.

use clausa_api::device::Device;
use clausa_core::id::DeviceThumbprint;
use clausa_store::permit::Action;

use super::{DeviceError, keystore_of};
use crate::state::AppState;
use crate::usecase::oneself::Oneself;

/// Lists one's devices in the order of their enrolment; `current` is the one that asks.
///
/// # Errors
///
/// [`DeviceError`].
pub async fn list(
    state: &AppState,
    oneself: &Oneself,
    current: Option<DeviceThumbprint>,
) -> Result<Vec<Device>, DeviceError> {
    let permit = oneself.permit(Action::ListDevices)?;
    let account = oneself.actor.account;
    let devices = state
        .store()
        .read("device.list", move |tx| {
            Box::pin(async move { Ok::<_, DeviceError>(tx.devices(&permit, account).await?) })
        })
        .await?;
    Ok(devices
        .into_iter()
        .map(|device| Device {
            thumbprint: device.thumbprint,
            name: device.name,
            platform: device.platform,
            keystore: keystore_of(device.keystore),
            enrolled_at: device.enrolled_at.seconds(),
            last_seen: device.last_seen_at.seconds(),
            current: Some(device.thumbprint) == current,
        })
        .collect())
}
