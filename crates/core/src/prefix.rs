//! The first 16 bytes of a protected file (clause 3.1).
//!
//! ```text
//!  0  89 43 4C 53 0D 0A 1A 0A   magic
//!  8  major u8 = 1
//!  9  minor u8 = 0
//! 10  flags u16 = 0
//! 12  length of the publishing licence u32, 1 ..= 1 048 576
//! ```

use crate::crypto;
use crate::error::{Layer, Malformed};
use crate::id::LicenceDigest;
use crate::publishing::MAX_LICENCE_LENGTH;

/// Bytes of a prefix.
pub const PREFIX_LENGTH: usize = 16;
/// The magic bytes: not ASCII at the start, and damaged by every transfer that rewrites line ends.
pub const MAGIC: [u8; 8] = [0x89, b'C', b'L', b'S', 0x0d, 0x0a, 0x1a, 0x0a];
/// The major version that this crate reads and writes.
pub const MAJOR_VERSION: u8 = 1;
/// The minor version that this crate reads and writes.
pub const MINOR_VERSION: u8 = 0;

/// A prefix: all of it is fixed but the length of the publishing licence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefix {
    licence_length: u32,
}

/// Why 16 bytes are not a prefix that this version reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PrefixError {
    /// The magic bytes are missing: this is no protected file.
    #[error("this is not a protected file")]
    NotProtected,
    /// A protected file of another version.
    #[error("the file is of version {major}.{minor}, which this program does not read")]
    UnknownVersion {
        /// Its major version.
        major: u8,
        /// Its minor version.
        minor: u8,
    },
    /// Flags or the length are out of bounds.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

impl Prefix {
    /// The prefix of a file with a licence of this length. Lengths come from parsed licences, so they are in bounds.
    pub(crate) const fn for_licence(length: usize) -> Self {
        Self {
            licence_length: length as u32,
        }
    }

    /// Reads a prefix (SEC-1).
    ///
    /// # Errors
    ///
    /// [`PrefixError`], the first thing that is wrong.
    pub fn parse(bytes: &[u8; PREFIX_LENGTH]) -> Result<Self, PrefixError> {
        let (magic, rest) = bytes.split_at(MAGIC.len());
        let [major, minor, flags @ .., l0, l1, l2, l3] = rest else {
            return Err(PrefixError::NotProtected);
        };
        if magic != MAGIC {
            return Err(PrefixError::NotProtected);
        }
        if (*major, *minor) != (MAJOR_VERSION, MINOR_VERSION) {
            return Err(PrefixError::UnknownVersion {
                major: *major,
                minor: *minor,
            });
        }
        if flags != [0, 0] {
            return Err(Malformed::new(Layer::Prefix, "a flag is set that has no meaning").into());
        }
        let licence_length = u32::from_be_bytes([*l0, *l1, *l2, *l3]);
        if licence_length == 0 || licence_length as usize > MAX_LICENCE_LENGTH {
            return Err(Malformed::new(
                Layer::Prefix,
                "the length of the publishing licence is out of bounds",
            )
            .into());
        }
        Ok(Self { licence_length })
    }

    /// The bytes.
    pub fn to_bytes(self) -> [u8; PREFIX_LENGTH] {
        let mut bytes = [0; PREFIX_LENGTH];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8] = MAJOR_VERSION;
        bytes[9] = MINOR_VERSION;
        bytes[12..].copy_from_slice(&self.licence_length.to_be_bytes());
        bytes
    }

    /// The length of the publishing licence that follows.
    pub const fn licence_length(self) -> usize {
        self.licence_length as usize
    }

    /// `SHA-256(PREFIX || PL)`.
    pub(crate) fn digest_with(self, licence: &[u8]) -> LicenceDigest {
        LicenceDigest::from_bytes(crypto::sha256(&[&self.to_bytes(), licence]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LITERAL: [u8; 16] = [
        0x89, 0x43, 0x4c, 0x53, 0x0d, 0x0a, 0x1a, 0x0a, 1, 0, 0, 0, 0, 0, 0x05, 0x39,
    ];

    #[test]
    fn literal_encoding() {
        assert_eq!(Prefix::for_licence(1_337).to_bytes(), LITERAL);
        assert_eq!(Prefix::parse(&LITERAL), Ok(Prefix::for_licence(1_337)));
    }

    /// SEC-1
    /// Clauses 3.1.1, 12.1 and 12.3.
    #[test]
    fn every_other_prefix_is_refused() {
        let with = |position: usize, byte: u8| {
            let mut bytes = LITERAL;
            bytes[position] = byte;
            Prefix::parse(&bytes)
        };
        for (position, byte) in MAGIC.into_iter().enumerate() {
            assert_eq!(with(position, byte ^ 1), Err(PrefixError::NotProtected));
        }
        assert_eq!(
            with(8, 2),
            Err(PrefixError::UnknownVersion { major: 2, minor: 0 })
        );
        assert_eq!(
            with(8, 0),
            Err(PrefixError::UnknownVersion { major: 0, minor: 0 })
        );
        assert_eq!(
            with(9, 1),
            Err(PrefixError::UnknownVersion { major: 1, minor: 1 })
        );
        for position in [10, 11, 12] {
            assert!(
                matches!(with(position, 0x80), Err(PrefixError::Malformed(_))),
                "{position}"
            );
        }
        let with_length = |length: u32| {
            Prefix::parse(
                &Prefix {
                    licence_length: length,
                }
                .to_bytes(),
            )
            .is_ok()
        };
        assert_eq!(
            [0, 1, 1 << 20, (1 << 20) + 1].map(with_length),
            [false, true, true, false]
        );
    }
}
