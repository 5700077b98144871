//! Issued use licences.

use async_trait::async_trait;
use clausa_core::address::Address;
use clausa_core::id::{AccountId, ContentId, LicenceId};

use crate::error::StoreError;
use crate::permit::Permit;
use crate::record::licence::{Licence, LicenceFacts, LicenceRecord};

/// Issued use licences for files of the permit's tenant.
#[async_trait]
pub trait Licences {
    /// Records a licence unless the file is revoked for this person; write its log entry in the same transaction
    /// (`SEC-106`). `is_owner` says whether the decision was made for the file's owner, whom a revocation binds only
    /// when it says so; `owner` is the file's owner as the decision was made, who will stand in the log entry. For
    /// `RequestLicence`.
    async fn record_licence(
        &mut self,
        permit: &Permit,
        licence: &Licence,
        is_owner: bool,
        owner: &Address,
    ) -> Result<LicenceRecord, StoreError>;

    /// What is known of a file when `account` asks for a licence, in one statement; `None` when the tenant is not known. For
    /// `RequestLicence`.
    async fn licence_facts(
        &mut self,
        permit: &Permit,
        content: ContentId,
        account: AccountId,
    ) -> Result<Option<LicenceFacts>, StoreError>;

    /// One licence.
    async fn licence(&mut self, permit: &Permit, licence: LicenceId) -> Result<Option<Licence>, StoreError>;

    /// How many licences were issued for a file.
    async fn count_licences(&mut self, permit: &Permit, content: ContentId) -> Result<u64, StoreError>;
}
