//! Issued use licences.

use clausa_core::id::{AccountId, ContentId, DeviceThumbprint, LicenceId, TenantId};

use super::content::{Content, Revocation};
use super::micros::Micros;
use super::template::TemplateVersionRow;
use super::tenant::Tenant;
use super::tenant_key::SigningKey;

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

/// What is known of a file when a licence for it is asked for, of one state of the store.
#[derive(Clone, Debug)]
pub struct LicenceFacts {
    /// Whose the file is.
    pub tenant: Tenant,
    /// The keys with which that tenant signs licences and edit grants, the newest first.
    pub keys: Vec<SigningKey>,
    /// The file, once registered; without its grants.
    pub content: Option<Content>,
    /// The current version of the template that the file was registered with.
    pub template: Option<TemplateVersionRow>,
    /// When the account first used the file.
    pub first_use: Option<Micros>,
}
