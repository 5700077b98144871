//! HMAC and the two steps of HKDF (RFC 5869).
//!
//! The `hkdf` crate refuses keys shorter than the hash, which FLOE uses (32 bytes with SHA-384), so the expansion
//! stands here.

use hmac::digest::{FixedOutput, KeyInit, Output, Update};
use hmac::{Hmac, Mac};
use sha2::{Sha256, Sha384};
use zeroize::{Zeroize, Zeroizing};

use crate::crypto::{CryptoError, HKDF_MAXIMUM_KEY_LENGTH};

/// HMAC-SHA-256 over the parts, one after another.
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut tag = [0; 32];
    if let Ok(mac) = keyed::<Hmac<Sha256>>(key) {
        tag = over(mac, parts).into();
    }
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
    expand::<Hmac<Sha256>>(key, info, out)
}

/// HKDF-Expand with SHA-384; `info` is the parts, one after another.
///
/// # Errors
///
/// [`CryptoError::InvalidLength`] when `out` is longer than 255 hashes or `key` than 64 bytes.
pub fn hkdf_expand_sha384(key: &[u8], info: &[&[u8]], out: &mut [u8]) -> Result<(), CryptoError> {
    expand::<Hmac<Sha384>>(key, info, out)
}

fn expand<M: Mac + KeyInit + Clone>(key: &[u8], info: &[&[u8]], out: &mut [u8]) -> Result<(), CryptoError> {
    if key.len() > HKDF_MAXIMUM_KEY_LENGTH || out.len() > 255 * M::output_size() {
        return Err(CryptoError::InvalidLength);
    }
    let keyed = keyed::<M>(key)?;
    let mut previous = Output::<M>::default();
    let blocks = out.chunks_mut(M::output_size());
    for (number, chunk) in (1..=u8::MAX).zip(blocks) {
        let mut mac = keyed.clone();
        if number > 1 {
            mac.update(&previous);
        }
        for part in info {
            mac.update(part);
        }
        mac.update(&[number]);
        previous = mac.finalize().into_bytes();
        for (to, from) in chunk.iter_mut().zip(&previous) {
            *to = *from;
        }
    }
    previous.as_mut_slice().zeroize();
    Ok(())
}

/// HMAC takes keys of any length, so this does not fail.
fn keyed<M: KeyInit>(key: &[u8]) -> Result<M, CryptoError> {
    M::new_from_slice(key).map_err(|_| CryptoError::InvalidLength)
}

fn over<M: Update + FixedOutput>(mut mac: M, parts: &[&[u8]]) -> Output<M> {
    for part in parts {
        mac.update(part);
    }
    mac.finalize_fixed()
}
