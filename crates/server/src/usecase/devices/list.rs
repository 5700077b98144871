//! One's own devices.

use clausa_api::device::Device;
use clausa_store::permit::Action;

use super::{DeviceError, keystore_of};
use crate::request::Caller;
use crate::state::AppState;

/// Lists the caller's devices in the order of their enrolment.
///
/// # Errors
///
/// [`DeviceError`].
pub async fn list(state: &AppState, caller: &Caller) -> Result<Vec<Device>, DeviceError> {
    let permit = caller.permit_for_self(Action::ListDevices)?;
    let account = caller.actor.account;
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
            current: device.thumbprint == caller.key,
        })
        .collect())
}
