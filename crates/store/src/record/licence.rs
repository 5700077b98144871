//! Issued use licences.

use clausa_core::id::{AccountId, ContentId, DeviceThumbprint, LicenceId, TenantId};

use super::content::Revocation;
use super::micros::Micros;

/// An issued use licence, without the key it carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Licence {
    /// The licence.
    pub id: LicenceId,
    /// The file.
    pub content: ContentId,
    /// Who got it; often of another tenant than the file.
    pub account: AccountId,
    /// That account's tenant.
    pub account_tenant: TenantId,
    /// The device it is sealed to.
    pub device: DeviceThumbprint,
    /// The rights given, as text.
    pub rights: String,
    /// When it was issued.
    pub issued_at: Micros,
    /// When the rights end.
    pub not_after: Option<Micros>,
    /// Until when the device may open without asking again.
    pub offline_until: Micros,
}

/// What came of recording a licence. Only a recorded licence may leave the authority (`SEC-106`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LicenceRecord {
    /// It stands; hand it out once the transaction is committed.
    Recorded,
    /// The file was revoked in the meantime: nothing was recorded (`SEC-98`).
    Revoked(Revocation),
    /// The file has another owner than when the licence was prepared, who may have been forgotten since: nothing was
    /// recorded.
    Changed,
    /// The file is not registered in the permit's tenant: nothing was recorded.
    Unknown,
}
