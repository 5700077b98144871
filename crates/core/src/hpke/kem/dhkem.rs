//! DHKEM(P-256, HKDF-SHA256), RFC 9180 §4.1.

use zeroize::Zeroizing;

use super::{Encapsulated, Kem};
use crate::crypto::{P256_UNCOMPRESSED_LENGTH, P256PrivateKey};
use crate::hpke::HpkeError;
use crate::hpke::schedule::{labelled_expand, labelled_extract};
use crate::random::Randomness;

/// Encap.
pub(super) fn encapsulate(public: &[u8], rng: &mut dyn Randomness) -> Result<Encapsulated, HpkeError> {
    encapsulate_with(public, &P256PrivateKey::generate(rng)?)
}

/// Encap with the ephemeral key given.
fn encapsulate_with(public: &[u8], ephemeral: &P256PrivateKey) -> Result<Encapsulated, HpkeError> {
    let encapsulation = ephemeral.public()?;
    let shared_point = ephemeral.agree(point(public)?)?;
    let shared_secret = extract_and_expand(&shared_point, &encapsulation, public)?;
    Ok(Encapsulated {
        encapsulation: encapsulation.to_vec(),
        shared_secret,
    })
}

/// Decap.
pub(super) fn decapsulate(
    private: &P256PrivateKey,
    public: &[u8],
    encapsulation: &[u8],
) -> Result<Zeroizing<[u8; 32]>, HpkeError> {
    let shared_point = private.agree(point(encapsulation)?)?;
    extract_and_expand(&shared_point, encapsulation, public)
}

/// ExtractAndExpand with `kem_context = enc || pkRm`.
fn extract_and_expand(
    shared_point: &[u8; 32],
    encapsulation: &[u8],
    public: &[u8],
) -> Result<Zeroizing<[u8; 32]>, HpkeError> {
    let mut suite = *b"KEM\0\0";
    for (to, id) in suite.iter_mut().skip(3).zip(Kem::P256.code_point().to_be_bytes()) {
        *to = id;
    }
    let key = labelled_extract(&suite, b"", b"eae_prk", shared_point);
    let mut shared_secret = Zeroizing::new([0; 32]);
    let context = [encapsulation, public].concat();
    labelled_expand(
        &suite,
        &key,
        b"shared_secret",
        &context,
        shared_secret.as_mut_slice(),
    )?;
    Ok(shared_secret)
}

fn point(bytes: &[u8]) -> Result<&[u8; P256_UNCOMPRESSED_LENGTH], HpkeError> {
    bytes.try_into().map_err(|_| HpkeError::InvalidKey)
}
