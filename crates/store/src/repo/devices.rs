//! Devices.

use async_trait::async_trait;
use clausa_core::id::{AccountId, DeviceThumbprint};

use crate::error::StoreError;
use crate::permit::Permit;
use crate::record::device::{Device, Enrolment};
use crate::record::micros::Micros;

/// Devices of the accounts of the permit's tenant.
#[async_trait]
pub trait Devices {
    /// Enrols a device of `device.account`, or renews it. `enrolled_at` of a known device stays as it was.
    async fn enrol_device(&mut self, permit: &Permit, device: &Device) -> Result<Enrolment, StoreError>;

    /// One device, unless removed.
    async fn device(
        &mut self,
        permit: &Permit,
        account: AccountId,
        thumbprint: DeviceThumbprint,
    ) -> Result<Option<Device>, StoreError>;

    /// The device that a caller's session is bound to, unless removed. It is looked up in the caller's own tenant,
    /// even when the permit at hand is for the tenant of a file that the caller wants to open.
    async fn caller_device(&mut self, actor: &crate::permit::Actor) -> Result<Option<Device>, StoreError>;

    /// An account's devices, removed ones left out, in the order of enrolment. For `ListDevices`, `EnrolDevice` and
    /// `RemoveDevice`.
    async fn devices(&mut self, permit: &Permit, account: AccountId) -> Result<Vec<Device>, StoreError>;

    /// Removes a device, ends the sessions of its key and revokes its certificates. False when there is none.
    async fn remove_device(
        &mut self,
        permit: &Permit,
        account: AccountId,
        thumbprint: DeviceThumbprint,
        at: Micros,
    ) -> Result<bool, StoreError>;

    /// Notes that a device called. False when there is none.
    async fn touch_device(
        &mut self,
        permit: &Permit,
        account: AccountId,
        thumbprint: DeviceThumbprint,
        at: Micros,
    ) -> Result<bool, StoreError>;
}
