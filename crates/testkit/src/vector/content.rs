//! What a vector says of its content, and of what its file is put together from.

use clausa_core::hazmat::backends::sha256;

use super::header::{Header, unhex};

/// The content, and how much of it may come out of a file that is refused.
#[derive(Debug)]
pub struct VectorContent {
    /// The content is these bytes over and over; empty when nothing may come out.
    repeat: Vec<u8>,
    /// Of a file that opens all of it; otherwise how much a reader in one pass may release.
    pub length: u64,
}

impl VectorContent {
    pub(super) fn take(header: &mut Header<'_>, opens: bool) -> Result<Self, String> {
        let (length, digest) = if opens {
            ("length", "plaintext")
        } else {
            ("released-length", "released")
        };
        let Some(length) = header.find_parsed(length)? else {
            return Ok(Self {
                repeat: Vec::new(),
                length: 0,
            });
        };
        let content = Self {
            repeat: unhex(&header.take("content")?)?,
            length,
        };
        let bytes = content.range(0, usize::try_from(length).map_err(|_| "the content is too long")?);
        if bytes.len() as u64 != length || sha256(&[&bytes]) != header.take_digest(digest)? {
            return Err(format!("{digest} is not the hash of the content"));
        }
        Ok(content)
    }

    /// The content's bytes from `start` on, also beyond [`length`](Self::length).
    pub fn range(&self, start: u64, length: usize) -> Vec<u8> {
        let skip = start.checked_rem(self.repeat.len() as u64).unwrap_or_default();
        let bytes = self.repeat.iter().copied().cycle();
        bytes.skip(skip as usize).take(length).collect()
    }

    /// True when `released` is all of the content, or of what may be released, or its beginning.
    pub fn begins_with(&self, released: &[u8]) -> bool {
        released.len() as u64 <= self.length && self.range(0, released.len()) == released
    }
}

/// The file: the parts that the header lists, or else the bytes behind it.
pub(super) fn assemble(
    header: &mut Header<'_>,
    own: &[u8],
    other: &dyn Fn(&str) -> Option<Vec<u8>>,
) -> Result<Vec<u8>, String> {
    let (mut file, mut has_parts) = (Vec::new(), false);
    while let Some(line) = header.find("part") {
        has_parts = true;
        let bad = || format!("part cannot be read: {line}");
        let [name, from, to]: [&str; 3] = line
            .split(' ')
            .collect::<Vec<_>>()
            .try_into()
            .map_err(|_| bad())?;
        let (from, to): (usize, usize) = (from.parse().map_err(|_| bad())?, to.parse().map_err(|_| bad())?);
        let bytes = if name == "-" {
            own.to_vec()
        } else {
            other(name).ok_or_else(bad)?
        };
        file.extend_from_slice(bytes.get(from..to).ok_or_else(bad)?);
    }
    Ok(if has_parts { file } else { own.to_vec() })
}
