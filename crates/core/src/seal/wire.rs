//! The seal's bytes (clauses 8.3, 8.5 and 8.6).
//!
//! ```text
//! SEAL   COSE_Sign1 over {1 header digest, 2 root, 3 body length, 4 revision, 5 sealed at, 6? edit grant}
//!        leaf list: 32 bytes for each leaf, nothing when there is one leaf only
//! TAIL   length of SEAL u64 | "CLSSEAL1"
//! ```

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use crate::error::{Layer, Malformed};
use crate::time::Timestamp;

/// Bytes of the tail.
pub const TAIL_LENGTH: usize = 16;
/// Longest signed object of a seal; an edit grant with its certificate takes about 600 bytes.
pub const MAX_OBJECT_LENGTH: usize = 4_096;

const TAIL_MAGIC: [u8; 8] = *b"CLSSEAL1";

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Wire {
    /// SHA-256 of prefix, publishing licence and FLOE header.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(crate) header_digest: [u8; 32],
    /// BLAKE3 of all segments.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub(crate) root: [u8; 32],
    /// Bytes of the body, FLOE header included.
    #[n(3)]
    pub(crate) body_length: u64,
    #[n(4)]
    pub(crate) revision: u64,
    #[n(5)]
    pub(crate) sealed_at: Timestamp,
    #[n(6)]
    pub(crate) edit_grant: Option<ByteVec>,
}

/// Bytes of the leaf list: one leaf is its own root and needs no list (SEC-16).
pub(crate) const fn leaf_list_length(leaves: u64) -> u64 {
    if leaves > 1 { leaves * 32 } else { 0 }
}

/// The tail behind a seal of this length.
pub(crate) fn tail(seal_length: u64) -> [u8; TAIL_LENGTH] {
    let mut bytes = [0; TAIL_LENGTH];
    bytes[..8].copy_from_slice(&seal_length.to_be_bytes());
    bytes[8..].copy_from_slice(&TAIL_MAGIC);
    bytes
}

/// True when the bytes end like a complete file.
pub(crate) fn ends_with_tail(bytes: &[u8]) -> bool {
    bytes.ends_with(&TAIL_MAGIC)
}

/// Reads the length of the seal.
pub(crate) fn parse_tail(bytes: &[u8; TAIL_LENGTH]) -> Result<u64, Malformed> {
    let [length @ .., _, _, _, _, _, _, _, _] = bytes;
    if bytes[8..] != TAIL_MAGIC {
        return Err(Malformed::new(Layer::Seal, "the file does not end with a seal"));
    }
    Ok(u64::from_be_bytes(*length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_tail() {
        let bytes = *b"\0\0\0\0\0\0\x01\x02CLSSEAL1";
        assert_eq!(tail(258), bytes);
        assert_eq!(parse_tail(&bytes), Ok(258));
        for position in 8..16 {
            let mut altered = bytes;
            altered[position] ^= 1;
            assert!(parse_tail(&altered).is_err());
        }
    }

    #[test]
    fn one_leaf_needs_no_list() {
        assert_eq!([1, 2, 1 << 24].map(leaf_list_length), [0, 64, 1 << 29]);
    }
}
