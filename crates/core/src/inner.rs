//! The inner header: what the protected file was called and was, at the start of the plaintext (clause 8.2).
//!
//! ```text
//! u32 length | CBOR {1? name, 2? media type, 3? modified, 4? size}        length 1 ..= 4096
//! ```

use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

pub use name::safe_file_name;

mod name;

use crate::cbor::{self, Limits};
use crate::error::{Layer, Malformed};
use crate::time::Timestamp;

/// Name, media type, time and size of the file as it was protected.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct InnerHeader {
    #[n(1)]
    name: Option<String>,
    #[n(2)]
    media_type: Option<String>,
    #[n(3)]
    modified: Option<Timestamp>,
    #[n(4)]
    size: Option<u64>,
}

/// A name or media type is empty or too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the file's name or media type is empty or too long")]
pub struct InvalidInnerHeader;

impl InnerHeader {
    /// Longest name in bytes.
    pub const MAX_NAME: usize = 1_024;
    /// Longest media type in bytes (RFC 6838 §4.2: 127 for each of the two parts).
    pub const MAX_MEDIA_TYPE: usize = 255;

    /// Longest encoding.
    pub const MAX_LENGTH: usize = 4_096;

    /// Nothing but the name.
    ///
    /// # Errors
    ///
    /// [`InvalidInnerHeader`] when it is empty or longer than [`MAX_NAME`](Self::MAX_NAME).
    pub fn named(name: &str) -> Result<Self, InvalidInnerHeader> {
        let header = Self {
            name: Some(name.to_owned()),
            ..Self::default()
        };
        if header.is_bounded() {
            Ok(header)
        } else {
            Err(InvalidInnerHeader)
        }
    }

    /// Adds the media type, such as `text/plain`.
    ///
    /// # Errors
    ///
    /// [`InvalidInnerHeader`] when it is empty, longer than [`MAX_MEDIA_TYPE`](Self::MAX_MEDIA_TYPE) or not printable
    /// ASCII.
    pub fn with_media_type(self, media_type: &str) -> Result<Self, InvalidInnerHeader> {
        let header = Self {
            media_type: Some(media_type.to_owned()),
            ..self
        };
        if header.is_bounded() {
            Ok(header)
        } else {
            Err(InvalidInnerHeader)
        }
    }

    /// Adds the time of the last change.
    #[must_use]
    pub fn with_modified(self, modified: Timestamp) -> Self {
        Self {
            modified: Some(modified),
            ..self
        }
    }

    /// Adds the size in bytes. It must be the true one: writing another length fails, and so does reading it.
    #[must_use]
    pub fn with_size(self, size: u64) -> Self {
        Self {
            size: Some(size),
            ..self
        }
    }

    /// The header of a changed text: the same name and media type, another time, and the size when it is known
    /// beforehand.
    #[must_use]
    pub fn revised(&self, modified: Timestamp, size: Option<u64>) -> Self {
        Self {
            modified: Some(modified),
            size,
            ..self.clone()
        }
    }

    /// The name as it was given, for showing escaped ([`str::escape_debug`]). Never make a path from it: use
    /// [`safe_name`](Self::safe_name).
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// A file name made from the name that can do no harm in any folder of any system (SEC-19); `None` when nothing
    /// usable is left.
    pub fn safe_name(&self) -> Option<String> {
        safe_file_name(self.name()?)
    }

    /// The media type.
    pub fn media_type(&self) -> Option<&str> {
        self.media_type.as_deref()
    }

    /// The time of the last change.
    pub const fn modified(&self) -> Option<Timestamp> {
        self.modified
    }

    /// The size in bytes, when it was known beforehand.
    pub const fn size(&self) -> Option<u64> {
        self.size
    }

    /// Length and encoding, wiped when they are dropped.
    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let encoded = cbor::encode_wiped(self, |length| length);
        let length = (encoded.len() as u32).to_be_bytes();
        Zeroizing::new([&length, encoded.as_slice()].concat())
    }

    /// Reads length and encoding from the start of the plaintext, and returns how many bytes they took.
    pub(crate) fn parse_first(plaintext: &[u8]) -> Result<(Self, usize), Malformed> {
        let malformed = |detail| Malformed::new(Layer::InnerHeader, detail);
        let (length, rest) = plaintext
            .split_first_chunk::<4>()
            .ok_or_else(|| malformed("it is cut"))?;
        let length = u32::from_be_bytes(*length) as usize;
        if length == 0 || length > Self::MAX_LENGTH {
            return Err(malformed("its length is out of bounds"));
        }
        let encoded = rest.get(..length).ok_or_else(|| malformed("it is cut"))?;
        let header: Self = cbor::decode(encoded, Limits::STANDARD, Layer::InnerHeader)?;
        if !header.is_bounded() {
            return Err(malformed("a name or media type is out of bounds"));
        }
        Ok((header, 4 + length))
    }

    fn is_bounded(&self) -> bool {
        let name = self
            .name
            .as_ref()
            .is_none_or(|name| (1..=Self::MAX_NAME).contains(&name.len()));
        let media_type = self.media_type.as_ref().is_none_or(|media_type| {
            (1..=Self::MAX_MEDIA_TYPE).contains(&media_type.len())
                && media_type.bytes().all(|byte| matches!(byte, b' '..=b'~'))
        });
        name && media_type
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_encoding() {
        let header = InnerHeader::named("a.txt").unwrap().with_size(3);
        let bytes = [0, 0, 0, 10, 0xa2, 1, 0x65, b'a', b'.', b't', b'x', b't', 4, 3];
        assert_eq!(*header.to_bytes(), bytes);
        assert_eq!(
            InnerHeader::parse_first(&[&bytes[..], b"text"].concat()),
            Ok((header, 14))
        );
        assert_eq!(*InnerHeader::default().to_bytes(), [0, 0, 0, 1, 0xa0]);
    }

    /// Clause 8.2.1.
    #[test]
    fn every_cut_and_every_excess_is_refused() {
        let bytes = InnerHeader::named("a.txt").unwrap().to_bytes();
        for length in 0..bytes.len() {
            assert!(InnerHeader::parse_first(&bytes[..length]).is_err(), "{length}");
        }
        assert!(InnerHeader::parse_first(&[0, 0, 0, 0]).is_err());
        assert!(InnerHeader::parse_first(&[&[0, 0, 0x10, 1][..], &[0; 5_000]].concat()).is_err());
        assert_eq!(InnerHeader::named(""), Err(InvalidInnerHeader));
        assert_eq!(InnerHeader::named(&"n".repeat(1_025)), Err(InvalidInnerHeader));
        assert_eq!(
            InnerHeader::default().with_media_type("text/\nplain"),
            Err(InvalidInnerHeader)
        );
    }
}
