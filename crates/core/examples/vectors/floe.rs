//! FLOE written out from clause 8.1, so that every byte of it can be another one.

use clausa_core::hazmat::aead::AeadKey;
use hmac::{Hmac, KeyInit, Mac};

/// Bytes of plaintext in a full segment.
pub const FULL: usize = 65_504;
/// Bytes of a full segment.
pub const SEGMENT: usize = 65_536;
/// Segments of a leaf.
pub const LEAF: usize = 16;

/// HKDF-Expand-SHA-384, at most one block.
fn expand(key: &[u8], info: &[&[u8]], length: usize) -> Vec<u8> {
    let mut mac = Hmac::<sha2::Sha384>::new_from_slice(key).expect("any key will do");
    info.iter().for_each(|part| mac.update(part));
    mac.update(&[1]);
    mac.finalize().into_bytes()[..length].to_vec()
}

/// `HKDF-Expand-SHA-384(CEK, label, 32)`.
pub fn body_key(content_key: &[u8], label: &[u8]) -> Vec<u8> {
    expand(content_key, &[label], 32)
}

/// What one message is made with.
#[derive(Clone)]
pub struct Floe {
    pub parameters: [u8; 10],
    pub iv: [u8; 32],
    pub key: Vec<u8>,
    pub aad: Vec<u8>,
}

impl Floe {
    pub const PARAMETERS: [u8; 10] = [0, 0, 0, 1, 0, 0, 0, 0, 0, 32];

    fn kdf(&self, key: &[u8], purpose: &[u8], length: usize) -> Vec<u8> {
        expand(key, &[&self.parameters, &self.iv, purpose, &self.aad], length)
    }

    /// The first 74 bytes.
    pub fn header(&self) -> Vec<u8> {
        let tag = self.kdf(&self.key, b"HEADER_TAG:", 32);
        [&self.parameters[..], &self.iv, &tag].concat()
    }

    /// The length field that belongs to so much plaintext.
    pub fn field(last: bool, plaintext: usize) -> u32 {
        if last { plaintext as u32 + 32 } else { u32::MAX }
    }

    /// One segment; `field` is what its first four bytes say.
    pub fn segment(&self, index: u64, last: bool, nonce: [u8; 12], plaintext: &[u8], field: u32) -> Vec<u8> {
        let message_key = self.kdf(&self.key, b"MESSAGE_KEY:", 48);
        let first = index >> 20 << 20;
        let purpose = [&b"DEK:"[..], &first.to_be_bytes()].concat();
        let key: [u8; 32] = self
            .kdf(&message_key, &purpose, 32)
            .try_into()
            .expect("32 bytes were asked for");
        let mut text = plaintext.to_vec();
        let aad = [&index.to_be_bytes()[..], &[u8::from(last)]].concat();
        let tag = AeadKey::new(&key)
            .and_then(|key| key.seal_in_place(&nonce, &aad, &mut text))
            .expect("a segment can be sealed");
        [&field.to_be_bytes()[..], &nonce, &text, &tag].concat()
    }
}

/// A message in pieces.
#[derive(Clone)]
pub struct Body {
    pub header: Vec<u8>,
    pub segments: Vec<Vec<u8>>,
}

impl Body {
    pub fn length(&self) -> usize {
        self.header.len() + self.segments.iter().map(Vec::len).sum::<usize>()
    }
}
