//! What a file's header says, without signing in and without a network.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use clausa_core::address::Address;
use clausa_core::id::{ContentId, KeyId, LicenceDigest, TemplateId, TenantId};
use clausa_core::origin::Origin;
use clausa_core::prefix::{PREFIX_LENGTH, Prefix, PrefixError};
use clausa_core::publishing::{LicenceError, PublishingLicence};
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

/// Reads the publishing licence at the start of the file at `path`. It proves nothing.
pub(crate) fn read_licence(path: &Path) -> Result<PublishingLicence, InspectError> {
    let io = |source| InspectError::Io { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(io)?;
    let mut prefix = [0; PREFIX_LENGTH];
    let read = read_as_far_as_it_goes(&mut file, &mut prefix).map_err(io)?;
    if read < PREFIX_LENGTH {
        return Err(too_short(&prefix[..read]));
    }
    let prefix = Prefix::parse(&prefix).map_err(of_prefix)?;
    let mut licence = vec![0; prefix.licence_length()];
    let read = read_as_far_as_it_goes(&mut file, &mut licence).map_err(io)?;
    if read < licence.len() {
        return Err(InspectError::Cut);
    }
    PublishingLicence::parse(&licence).map_err(of_licence)
}

/// What a file shorter than a prefix is: the beginning of a protected one, or something else.
fn too_short(start: &[u8]) -> InspectError {
    let magic = clausa_core::prefix::MAGIC;
    let is_beginning = !start.is_empty() && start.iter().zip(magic).all(|(ours, magic)| *ours == magic);
    if is_beginning { InspectError::Cut } else { InspectError::NotClausa }
}

fn of_prefix(error: PrefixError) -> InspectError {
    match error {
        PrefixError::NotProtected => InspectError::NotClausa,
        PrefixError::UnknownVersion { major, .. } => InspectError::UnknownVersion { major },
        other => InspectError::Altered { source: Box::new(other) },
    }
}

fn of_licence(error: LicenceError) -> InspectError {
    InspectError::Altered { source: Box::new(error) }
}

fn read_as_far_as_it_goes(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
