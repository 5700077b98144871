//! Removing a device: a lost one can do nothing more from then on.

use clausa_api::log::RequestType;
use clausa_core::id::DeviceThumbprint;
use clausa_store::permit::Action;

use super::DeviceError;
use crate::request::Caller;
use crate::state::AppState;
use crate::usecase::acting::LogResult;
use crate::usecase::failure::Failure;

/// Removes one of the caller's devices, ends its sessions and revokes its certificates.
///
/// # Errors
///
/// [`DeviceError::Unknown`] when the caller has no such device.
pub async fn remove(
    state: &AppState,
    caller: &Caller,
    thumbprint: DeviceThumbprint,
) -> Result<(), DeviceError> {
    let permit = caller.permit_for_self(Action::RemoveDevice)?;
    let (caller, now) = (caller.clone(), state.now_micros());
    state
        .store()
        .for_tenant(permit.tenant())
        .transact_with("device.remove", caller, move |caller, tx| {
            Box::pin(async move {
                let account = caller.actor.account;
                if !tx.remove_device(&permit, account, thumbprint, now).await? {
                    return Err(DeviceError::Unknown);
                }
                let addresses = caller.addresses(tx).await?;
                let user = addresses
                    .first()
                    .ok_or(Failure::Missing("address of an account"))?;
                let entry =
                    caller.log_entry(RequestType::RemoveDevice, user.as_str(), LogResult::Success, now);
                tx.append_log(&permit, &entry).await?;
                Ok(())
            })
        })
        .await
}
