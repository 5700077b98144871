//! Protected files.

use async_trait::async_trait;
use clausa_core::id::{AccountId, ContentId};

use crate::error::StoreError;
use crate::permit::Permit;
use crate::record::content::{Content, OwnContent, Registration, Revocation, RevocationOutcome};
use crate::record::micros::Micros;

/// Protected files of the permit's tenant.
#[async_trait]
pub trait Contents {
    /// Registers a file; the first publishing licence for a content id wins (`SEC-46`). For `PublishContent`, and for
    /// `RequestLicence` on a file that was published offline.
    async fn register_content(
        &mut self,
        permit: &Permit,
        content: &Content,
    ) -> Result<Registration, StoreError>;

    /// What is known of a file, its grants only for `ReadContent`. For `RevokeContent`, `RequestLicence` and
    /// `PublishContent` too.
    ///
    /// To find the owner that `authorise` asks for, see [`Contents::content_owner`].
    async fn content(&mut self, permit: &Permit, content: ContentId) -> Result<Option<Content>, StoreError>;

    /// Whose a file is, or whose it is since its owner's account was closed: `None` when it is not known in `tenant`, `Some(None)` when its owner has no account there.
    /// It is what [`crate::permit::Resource::Content`] is made of, before there is a permit.
    async fn content_owner(
        &mut self,
        tenant: clausa_core::id::TenantId,
        content: ContentId,
    ) -> Result<Option<Option<AccountId>>, StoreError>;

    /// Files that an account owns or has published, by identifier, after `after`; the grants only of its own. At most
    /// `limit`. For `ExportAccount`.
    async fn contents_of_account(
        &mut self,
        permit: &Permit,
        account: AccountId,
        after: Option<ContentId>,
        limit: u32,
    ) -> Result<Vec<OwnContent>, StoreError>;

    /// Revokes a file, or widens an earlier revocation to the owner, and moves the tenant's epoch on. Once committed,
    /// no licence is recorded for it any more (`SEC-98`). For `RevokeContent`.
    async fn revoke_content(
        &mut self,
        permit: &Permit,
        content: ContentId,
        revocation: &Revocation,
    ) -> Result<RevocationOutcome, StoreError>;

    /// When an account first used a file: `at`, or the earlier time that is on record. For `RequestLicence`.
    async fn note_first_use(
        &mut self,
        permit: &Permit,
        content: ContentId,
        account: AccountId,
        at: Micros,
    ) -> Result<Micros, StoreError>;

    /// When an account first used a file, if it has.
    async fn first_use(
        &mut self,
        permit: &Permit,
        content: ContentId,
        account: AccountId,
    ) -> Result<Option<Micros>, StoreError>;
}
