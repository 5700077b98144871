//! What a file's header says, without signing in and without a network.

use std::path::Path;

use clausa_core::address::Address;
use clausa_core::id::{ContentId, KeyId, LicenceDigest, TemplateId, TenantId};
use clausa_core::origin::Origin;
use clausa_core::time::Timestamp;

use crate::client::Client;
use crate::error::InspectError;

/// What the header of a protected file says.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Inspection {
    /// Version of the format: major and minor.
    pub version: (u8, u8),
    /// The file's identifier.
    pub content_id: ContentId,
    /// The organisation it was protected under.
    pub tenant: TenantId,
    /// The authority it names.
    pub origin: Origin,
    /// True when this profile trusts that authority.
    pub authority_trusted: bool,
    /// When it was protected, by the publisher's clock.
    pub issued_at: Timestamp,
    /// Who protected it, as the certificate in the file claims.
    pub publisher: Option<Address>,
    /// Whether that claim holds.
    pub chain: ChainStatus,
    /// Digest of the publishing licence.
    pub digest: LicenceDigest,
    /// Suite and key of each wrap of the content key.
    pub wraps: Vec<(KeyId, String)>,
    /// Template and label shown outside the encryption, when the organisation allows it.
    pub hint: Option<(Option<TemplateId>, Option<String>)>,
    /// The seal at the end of the file.
    pub seal: SealStatus,
    /// Bytes of the prefix and the publishing licence.
    pub header_bytes: u64,
    /// Bytes of the encrypted body.
    pub body_bytes: u64,
    /// Bytes of the seal and the tail.
    pub seal_bytes: u64,
}

/// Whether the publisher's certificate leads to a pinned root.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChainStatus {
    /// It does, and the publishing licence carries the publisher's signature.
    Verified,
    /// This profile has no root for that authority, so nobody knows.
    AuthorityNotTrusted,
    /// It does not: the file is forged or was altered.
    Refused {
        /// Which check refused.
        reason: String,
    },
}

/// What can be said of the seal without the content key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealStatus {
    /// The seal carries the publisher's signature over this very body.
    Signed {
        /// When it was sealed, by the signer's clock.
        sealed_at: Timestamp,
        /// 0 at protection; grows with every saved change.
        revision: u64,
        /// Whose signature.
        signer: Option<Address>,
    },
    /// The chain could not be verified, so neither can the seal.
    NotChecked,
    /// It is not there, or does not fit: the file was cut or altered.
    Refused {
        /// Which check refused.
        reason: String,
    },
}

impl Client {
    /// What the header of the file at `path` says. Nothing is sent anywhere.
    ///
    /// # Errors
    ///
    /// [`InspectError`] when the file has no header that can be read.
    pub async fn inspect(&self, path: &Path) -> Result<Inspection, InspectError> {
        let _ = path;
        todo!()
    }
}
