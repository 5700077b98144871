//! The authority's side: issuing a use licence.

use super::NONCE_LENGTH;
use super::wire::Wire;
use crate::cbor;
use crate::certificate::{IssueError, SignedEditGrant};
use crate::cose::{self, Kind};
use crate::id::{AccountId, ContentId, DeviceThumbprint, LicenceDigest, LicenceId, TenantId};
use crate::keys::{ContentKey, DeviceEncryptionKey, SignError, Signer};
use crate::policy::NamedData;
use crate::random::Randomness;
use crate::rights::Rights;
use crate::time::Timestamp;

/// What a use licence will say (clause 9.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UseLicenceDraft {
    /// Names the licence, in the log too.
    pub id: LicenceId,
    /// The publishing licence it belongs to.
    pub digest: LicenceDigest,
    /// The file.
    pub content_id: ContentId,
    /// The file's tenant, whose key signs.
    pub tenant: TenantId,
    /// The account it is for.
    pub subject: AccountId,
    /// The device it is for.
    pub device: DeviceThumbprint,
    /// This subject's rights and nobody else's (SEC-41).
    pub rights: Rights,
    /// When it is issued.
    pub issued_at: Timestamp,
    /// Last second of validity.
    pub not_after: Option<Timestamp>,
    /// Until when it may be used without asking again.
    pub offline_until: Timestamp,
    /// The authority's clock; the device keeps the latest as its floor.
    pub server_time: Timestamp,
    /// The tenant's epoch; the device keeps the highest.
    pub epoch: u64,
    /// Repeated from the request.
    pub nonce: [u8; NONCE_LENGTH],
    /// What the reading application is asked to do.
    pub obligations: NamedData,
    /// For those who may save changes.
    pub edit_grant: Option<SignedEditGrant>,
}

impl UseLicenceDraft {
    /// Seals the content key to the device and signs with the tenant's licence key.
    ///
    /// # Errors
    ///
    /// [`IssueError`] when the offline window outlives the licence, or sealing or signing fails.
    pub fn issue(
        &self,
        content_key: &ContentKey,
        device: &DeviceEncryptionKey,
        tenant: &dyn Signer,
        rng: &mut dyn Randomness,
    ) -> Result<Vec<u8>, IssueError> {
        if self.not_after.is_some_and(|end| self.offline_until > end) {
            return Err(IssueError::InvalidValidity);
        }
        if self.rights.is_empty() {
            return Err(IssueError::OutOfBounds);
        }
        let mut wire = Wire::without_key(self);
        let sealed = device
            .seal_content_key(content_key, &wire.key_aad(), rng)
            .map_err(|_| IssueError::Sign(SignError::Failed))?;
        wire.sealed_key = Some(sealed.into());
        Ok(cose::sign(Kind::USE_LICENCE, &cbor::encode(&wire), tenant)?)
    }
}
