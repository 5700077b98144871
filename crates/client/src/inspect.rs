//! What a file's header says, without signing in and without a network.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use clausa_core::address::Address;
use clausa_core::id::{ContentId, KeyId, LicenceDigest, TemplateId, TenantId};
use clausa_core::keys::Suite;
use clausa_core::open::{Ending, Header, OpenError, SealOutline, find_ending, outline_seal, read_header};
use clausa_core::origin::Origin;
use clausa_core::prefix::{MAJOR_VERSION, MINOR_VERSION, PrefixError};
use clausa_core::publishing::PublishingLicence;
use clausa_core::seal::SealedBy;
use clausa_core::time::Timestamp;

use crate::background::blocking;
use crate::client::Client;
use crate::error::InspectError;
use crate::file::Source;
use crate::open::open_seekable;
use crate::origins::TrustedAuthority;

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
    /// The seal carries the signature of somebody who may seal this file, and the file ends where it says. Whether the
    /// body is the sealed one shows when it is opened.
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
    pub async fn inspect(&self, source: impl Into<Source>) -> Result<Inspection, InspectError> {
        let (client, source) = (self.clone(), source.into());
        blocking(move || {
            let path = source.path().to_owned();
            let io = |source| InspectError::Io {
                path: path.clone(),
                source,
            };
            let mut file = open_seekable(&source).map_err(io)?;
            let header = read_header(&mut file).map_err(|error| of_core(error, &path))?;
            let length = file.seek(SeekFrom::End(0)).map_err(io)?;
            // Without a readable profile nothing is trusted; the header can be told all the same.
            let authorities = client.profile().authorities().unwrap_or_default();
            let authority = authorities.find(header.licence().origin());
            Ok(Inspection::new(&mut file, header, length, authority))
        })
        .await
    }
}

impl Inspection {
    fn new(file: &mut File, header: Header, length: u64, authority: Option<&TrustedAuthority>) -> Self {
        let licence = header.licence().clone();
        let header_bytes = header.length() as u64;
        let (chain, seal, body_bytes) = match authority.map(|authority| header.verify(&authority.anchors())) {
            None => (ChainStatus::AuthorityNotTrusted, SealStatus::NotChecked, None),
            Some(Err(error)) => (
                ChainStatus::Refused {
                    reason: error.to_string(),
                },
                SealStatus::NotChecked,
                None,
            ),
            Some(Ok(verified)) => {
                let outline = outline_seal(&mut *file, &verified);
                let body_bytes = outline.as_ref().ok().map(|outline| outline.body_length);
                let seal = match outline.map_err(|error| reason(error, file, header_bytes)) {
                    Ok(outline) => SealStatus::of(outline),
                    Err(reason) => SealStatus::Refused { reason },
                };
                (ChainStatus::Verified, seal, body_bytes)
            }
        };
        // What the tail says of the seal's length, when the seal itself could not be read.
        let body_bytes = body_bytes
            .or_else(|| body_length(file, header_bytes, length))
            .unwrap_or(0);
        Self {
            version: (MAJOR_VERSION, MINOR_VERSION),
            content_id: licence.content_id(),
            tenant: licence.tenant(),
            origin: licence.origin().clone(),
            authority_trusted: authority.is_some(),
            issued_at: licence.issued_at(),
            publisher: Some(licence.publisher_claims().address.clone()),
            chain,
            digest: licence.digest(),
            wraps: licence
                .wraps()
                .map(|wrap| (wrap.kid, suite_name(wrap.suite).to_owned()))
                .collect(),
            hint: licence
                .hint()
                .map(|hint| (Some(hint.template()), Some(hint.label().to_owned()))),
            seal,
            header_bytes,
            body_bytes,
            seal_bytes: length.saturating_sub(header_bytes + body_bytes),
        }
    }
}

fn suite_name(suite: Suite) -> &'static str {
    match suite {
        Suite::RsaOaep => "RSA-OAEP",
        Suite::P256 => "P-256",
        Suite::MlKem768X25519 => "ML-KEM-768 + X25519",
    }
}

impl SealStatus {
    fn of(SealOutline { report, .. }: SealOutline) -> Self {
        let (SealedBy::Publisher { address, .. } | SealedBy::Editor { address, .. }) = report.sealed_by;
        Self::Signed {
            sealed_at: report.sealed_at,
            revision: report.revision,
            signer: Some(address),
        }
    }
}

/// What is wrong with a seal, for people: a missing end and an added one are told apart.
fn reason(error: OpenError, file: &mut File, header_bytes: u64) -> String {
    if error != OpenError::Unsealed {
        return error.to_string();
    }
    match find_ending(file, header_bytes) {
        Ok(Ending::Extended { bytes }) => format!("{bytes} bytes follow the end of the file"),
        Ok(Ending::Cut) => "the file's end is missing".to_owned(),
        _ => error.to_string(),
    }
}

/// Bytes of the body, by the length of the seal that the last 16 bytes give.
fn body_length(file: &mut File, header_bytes: u64, length: u64) -> Option<u64> {
    const TAIL: u64 = 16;
    file.seek(SeekFrom::Start(length.checked_sub(TAIL)?)).ok()?;
    let mut tail = [0; 16];
    file.read_exact(&mut tail).ok()?;
    let (seal_length, magic) = tail.split_first_chunk::<8>()?;
    let seal_length = u64::from_be_bytes(*seal_length);
    if magic != b"CLSSEAL1" {
        return None;
    }
    length
        .checked_sub(header_bytes)?
        .checked_sub(seal_length)?
        .checked_sub(TAIL)
}

/// Reads the publishing licence at the start of the file at `path`. It proves nothing.
pub(crate) fn read_licence(path: &Path) -> Result<PublishingLicence, InspectError> {
    let file = File::open(path).map_err(|source| InspectError::Io {
        path: path.to_owned(),
        source,
    })?;
    let header = read_header(file).map_err(|error| of_core(error, path))?;
    Ok(header.licence().clone())
}

fn of_core(error: OpenError, path: &Path) -> InspectError {
    match error {
        OpenError::Prefix(PrefixError::NotProtected) => InspectError::NotClausa,
        OpenError::Prefix(PrefixError::UnknownVersion { major, minor }) => {
            InspectError::UnknownVersion { major, minor }
        }
        OpenError::Unsealed => InspectError::Cut,
        OpenError::Io(error) => InspectError::Io {
            path: path.to_owned(),
            source: error.0,
        },
        other => InspectError::Altered {
            source: Box::new(other),
        },
    }
}
