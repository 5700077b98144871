//! HMAC and the two steps of HKDF (RFC 5869).

use aws_lc_rs::hkdf::{Algorithm, HKDF_SHA256, HKDF_SHA384, KeyType, Prk};
use aws_lc_rs::hmac::{Context, HMAC_SHA256, Key};
use zeroize::Zeroizing;

use crate::crypto::{CryptoError, HKDF_MAXIMUM_KEY_LENGTH};

/// HMAC-SHA-256 over the parts, one after another.
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut context = Context::with_key(&Key::new(HMAC_SHA256, key));
    for part in parts {
        context.update(part);
    }
    let mut tag = [0; 32];
    tag.copy_from_slice(context.sign().as_ref());
    tag
}

/// HKDF-Extract with SHA-256; the keying material is the parts, one after another.
pub fn hkdf_extract_sha256(salt: &[u8], keying_material: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(hmac_sha256(salt, keying_material))
}

/// HKDF-Expand with SHA-256; `info` is the parts, one after another.
///
/// # Errors
///
/// [`CryptoError::InvalidLength`] when `out` is longer than 255 hashes or `key` than 64 bytes.
pub fn hkdf_expand_sha256(key: &[u8], info: &[&[u8]], out: &mut [u8]) -> Result<(), CryptoError> {
    expand(HKDF_SHA256, key, info, out)
}

/// HKDF-Expand with SHA-384; `info` is the parts, one after another.
///
/// # Errors
///
/// [`CryptoError::InvalidLength`] when `out` is longer than 255 hashes or `key` than 64 bytes.
pub fn hkdf_expand_sha384(key: &[u8], info: &[&[u8]], out: &mut [u8]) -> Result<(), CryptoError> {
    expand(HKDF_SHA384, key, info, out)
}

fn expand(algorithm: Algorithm, key: &[u8], info: &[&[u8]], out: &mut [u8]) -> Result<(), CryptoError> {
    if key.len() > HKDF_MAXIMUM_KEY_LENGTH {
        return Err(CryptoError::InvalidLength);
    }
    let prk = Prk::new_less_safe(algorithm, key);
    let okm = prk
        .expand(info, OutputLength(out.len()))
        .map_err(|_| CryptoError::InvalidLength)?;
    okm.fill(out).map_err(|_| CryptoError::Internal)
}

struct OutputLength(usize);

impl KeyType for OutputLength {
    fn len(&self) -> usize {
        self.0
    }
}
