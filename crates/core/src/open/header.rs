//! Prefix and publishing licence.

use std::io::Read;

use super::OpenError;
use crate::certificate::TrustAnchors;
use crate::id::LicenceDigest;
use crate::prefix::{PREFIX_LENGTH, Prefix, PrefixError};
use crate::publishing::{PublishingLicence, VerifiedLicence};

/// A file's header whose bytes are in order and about which nothing is proven yet: enough to show what the file says of
/// itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    prefix: Prefix,
    licence: PublishingLicence,
}

/// Reads prefix and publishing licence, no byte more. The prefix is checked before anything is allocated (SEC-1).
///
/// # Errors
///
/// [`OpenError::Prefix`], [`OpenError::Licence`], [`OpenError::Unsealed`] when the file ends too early, or
/// [`OpenError::Io`].
pub fn read_header(mut file: impl Read) -> Result<Header, OpenError> {
    let mut prefix = [0; PREFIX_LENGTH];
    let read = read_up_to(&mut file, &mut prefix)?;
    if read < PREFIX_LENGTH {
        // Too short to be told from any other file, unless it begins like one of ours.
        let begins_like_one = read > 0
            && crate::prefix::MAGIC
                .iter()
                .zip(&prefix)
                .take(read)
                .all(|(a, b)| a == b);
        return Err(if begins_like_one {
            OpenError::Unsealed
        } else {
            PrefixError::NotProtected.into()
        });
    }
    let prefix = Prefix::parse(&prefix)?;
    let mut licence = Vec::new();
    let length = prefix.licence_length();
    // `take` and a growing buffer: the length is only a promise until so many bytes have come.
    file.take(length as u64).read_to_end(&mut licence)?;
    if licence.len() < length {
        return Err(OpenError::Unsealed);
    }
    Ok(Header {
        prefix,
        licence: PublishingLicence::parse(&licence)?,
    })
}

impl Header {
    /// The publishing licence, unproven.
    pub const fn licence(&self) -> &PublishingLicence {
        &self.licence
    }

    /// Bytes of prefix and licence: where the body begins.
    pub fn length(&self) -> usize {
        PREFIX_LENGTH + self.licence.bytes().len()
    }

    /// Checks the publisher's chain up to a pinned root and his signature.
    ///
    /// # Errors
    ///
    /// [`OpenError::Licence`], the first thing that is wrong.
    pub fn verify(self, anchors: &TrustAnchors) -> Result<VerifiedHeader, OpenError> {
        let digest = self.licence.digest();
        let licence = self.licence.verify(anchors)?;
        Ok(VerifiedHeader {
            prefix: self.prefix,
            licence,
            digest,
            anchors: anchors.clone(),
        })
    }
}

/// A file's header that its publisher has signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedHeader {
    prefix: Prefix,
    licence: VerifiedLicence,
    digest: LicenceDigest,
    anchors: TrustAnchors,
}

impl VerifiedHeader {
    /// The publishing licence.
    pub const fn licence(&self) -> &PublishingLicence {
        self.licence.licence()
    }

    /// The publishing licence as a verified one.
    pub const fn verified_licence(&self) -> &VerifiedLicence {
        &self.licence
    }

    /// `SHA-256(PREFIX || PL)`.
    pub const fn digest(&self) -> LicenceDigest {
        self.digest
    }

    /// Bytes of prefix and licence: where the body begins.
    pub fn length(&self) -> usize {
        PREFIX_LENGTH + self.licence().bytes().len()
    }

    pub(crate) const fn prefix(&self) -> Prefix {
        self.prefix
    }

    pub(crate) const fn anchors(&self) -> &TrustAnchors {
        &self.anchors
    }
}

fn read_up_to(file: &mut impl Read, buffer: &mut [u8]) -> Result<usize, OpenError> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(filled)
}
