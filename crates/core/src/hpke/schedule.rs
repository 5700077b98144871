//! The key schedule of RFC 9180 §5.1, base mode, with HKDF-SHA256 and AES-256-GCM.

use zeroize::Zeroizing;

use super::{HpkeError, Kem};
use crate::crypto::{AEAD_NONCE_LENGTH, AeadKey, hkdf_expand_sha256, hkdf_extract_sha256};

const VERSION: &[u8] = b"HPKE-v1";
const KDF_HKDF_SHA256: u16 = 0x0001;
const AEAD_AES_256_GCM: u16 = 0x0002;
const MODE_BASE: &[u8] = &[0];

/// The key and the nonce of the first message. There is no second one, so no sequence number either.
pub(super) struct Context {
    pub(super) key: AeadKey,
    pub(super) nonce: [u8; AEAD_NONCE_LENGTH],
}

impl Context {
    /// KeySchedule with an empty pre-shared key.
    pub(super) fn derive(kem: Kem, shared_secret: &[u8; 32], info: &[u8]) -> Result<Self, HpkeError> {
        let mut suite = *b"HPKE\0\0\0\0\0\0";
        let ids = [kem.code_point(), KDF_HKDF_SHA256, AEAD_AES_256_GCM];
        for (to, id) in suite
            .iter_mut()
            .skip(4)
            .zip(ids.iter().flat_map(|id| id.to_be_bytes()))
        {
            *to = id;
        }
        let psk_id_hash = labelled_extract(&suite, b"", b"psk_id_hash", b"");
        let info_hash = labelled_extract(&suite, b"", b"info_hash", info);
        let context = [MODE_BASE, psk_id_hash.as_slice(), info_hash.as_slice()].concat();
        let secret = labelled_extract(&suite, shared_secret, b"secret", b"");
        let mut key = Zeroizing::new([0; 32]);
        labelled_expand(&suite, &secret, b"key", &context, key.as_mut_slice())?;
        let mut nonce = [0; AEAD_NONCE_LENGTH];
        labelled_expand(&suite, &secret, b"base_nonce", &context, &mut nonce)?;
        Ok(Self {
            key: AeadKey::new(&key)?,
            nonce,
        })
    }
}

/// LabeledExtract (RFC 9180 §4).
pub(super) fn labelled_extract(
    suite: &[u8],
    salt: &[u8],
    label: &[u8],
    keying_material: &[u8],
) -> Zeroizing<[u8; 32]> {
    hkdf_extract_sha256(salt, &[VERSION, suite, label, keying_material])
}

/// LabeledExpand (RFC 9180 §4).
pub(super) fn labelled_expand(
    suite: &[u8],
    key: &[u8; 32],
    label: &[u8],
    info: &[u8],
    out: &mut [u8],
) -> Result<(), HpkeError> {
    let length = u16::try_from(out.len()).unwrap_or(u16::MAX).to_be_bytes();
    Ok(hkdf_expand_sha256(
        key,
        &[&length, VERSION, suite, label, info],
        out,
    )?)
}
