//! The key schedule of RFC 9180 §5.1, base mode, with HKDF-SHA256 and AES-256-GCM.

use zeroize::Zeroizing;

use super::{HpkeError, Kem};
use crate::crypto::{AEAD_KEY_LENGTH, AEAD_NONCE_LENGTH, AeadKey, hkdf_expand_sha256, hkdf_extract_sha256};

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
    /// KeySchedule (RFC 9180 §5.1) for AES-256-GCM.
    pub(super) fn derive(kem: Kem, shared_secret: &[u8; 32], info: &[u8]) -> Result<Self, HpkeError> {
        let mut key = Zeroizing::new([0; AEAD_KEY_LENGTH]);
        let nonce = key_schedule(kem, AEAD_AES_256_GCM, shared_secret, info, key.as_mut_slice())?;
        Ok(Self {
            key: AeadKey::new(&key)?,
            nonce,
        })
    }
}

/// KeySchedule with an empty pre-shared key: fills `key` and returns the base nonce.
fn key_schedule(
    kem: Kem,
    aead: u16,
    shared_secret: &[u8; 32],
    info: &[u8],
    key: &mut [u8],
) -> Result<[u8; AEAD_NONCE_LENGTH], HpkeError> {
    let mut suite = *b"HPKE\0\0\0\0\0\0";
    let ids = [kem.code_point(), KDF_HKDF_SHA256, aead];
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
    labelled_expand(&suite, &secret, b"key", &context, key)?;
    let mut nonce = [0; AEAD_NONCE_LENGTH];
    labelled_expand(&suite, &secret, b"base_nonce", &context, &mut nonce)?;
    Ok(nonce)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn key_and_nonce_are_those_of_rfc_9180_a_3_1() {
        // The RFC prints no vector with AES-256-GCM; this one is for AES-128-GCM, which changes an identifier and
        // the length of the key.
        let shared_secret =
            crate::hpke::unhex("c0d26aeab536609a572b07695d933b589dcf363ff9d93c93adea537aeabb8cb8");
        let info = crate::hpke::unhex("4f6465206f6e2061204772656369616e2055726e");
        let mut key = [0; 16];
        let nonce = key_schedule(Kem::P256, 1, &shared_secret.try_into().unwrap(), &info, &mut key).unwrap();
        assert_eq!(
            key.to_vec(),
            crate::hpke::unhex("868c066ef58aae6dc589b6cfdd18f97e")
        );
        assert_eq!(nonce.to_vec(), crate::hpke::unhex("4e0bc5018beba4bf004cca59"));
    }
}
