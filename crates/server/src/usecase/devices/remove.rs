//! Removing a device: a lost one can do nothing more from then on.

use clausa_api::log::RequestType;
use clausa_core::id::DeviceThumbprint;
use clausa_store::permit::Action;

use super::DeviceError;
use crate::state::AppState;
use crate::usecase::acting::LogResult;
use crate::usecase::oneself::Oneself;

/// Removes one of one's devices, ends its sessions and revokes its certificates.
///
/// # Errors
///
/// [`DeviceError::Unknown`] when the account has no such device.
pub async fn remove(
    state: &AppState,
    oneself: &Oneself,
    thumbprint: DeviceThumbprint,
) -> Result<(), DeviceError> {
    let permit = oneself.permit(Action::RemoveDevice)?;
    let (who, now) = (oneself.clone(), state.now_micros());
    state
        .store()
        .for_tenant(permit.tenant())
        .transact_with("device.remove", who, move |who, tx| {
            Box::pin(async move {
                let account = who.actor.account;
                if !tx.remove_device(&permit, account, thumbprint, now).await? {
                    return Err(DeviceError::Unknown);
                }
                let address = who.addresses(tx).await?.swap_remove(0);
                let entry = who.log_entry(RequestType::RemoveDevice, &address, LogResult::Success, now);
                tx.append_log(&permit, &entry).await?;
                Ok(())
            })
        })
        .await
}
