//! Licensor certificates.

use async_trait::async_trait;
use clausa_core::id::{AccountId, DeviceThumbprint, Serial};

use crate::error::StoreError;
use crate::permit::Permit;
use crate::record::certificate::Certificate;
use crate::record::micros::Micros;

/// Licensor certificates of the permit's tenant.
#[async_trait]
pub trait Certificates {
    /// Stores an issued certificate. False when its serial number exists.
    async fn add_certificate(
        &mut self,
        permit: &Permit,
        certificate: &Certificate,
    ) -> Result<bool, StoreError>;

    /// The certificate of a serial number.
    async fn certificate(
        &mut self,
        permit: &Permit,
        serial: Serial,
    ) -> Result<Option<Certificate>, StoreError>;

    /// The newest certificate of a device that is neither revoked nor expired at `now`.
    async fn current_certificate(
        &mut self,
        permit: &Permit,
        account: AccountId,
        device: DeviceThumbprint,
        now: Micros,
    ) -> Result<Option<Certificate>, StoreError>;

    /// Revokes every certificate of a device: publishing licences first seen later are refused (`SEC-45`). How many.
    async fn revoke_certificates(
        &mut self,
        permit: &Permit,
        account: AccountId,
        device: DeviceThumbprint,
        at: Micros,
    ) -> Result<u64, StoreError>;
}
