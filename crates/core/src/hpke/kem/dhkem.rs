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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::hpke::unhex;

    #[test]
    fn both_directions_are_those_of_rfc_9180_a_3_1() {
        let ephemeral = unhex("4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb");
        let private = unhex("f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2");
        let public = unhex(
            "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8a0e539c7f62fb3d30ad6aa8f\
             80e30f1d128aafd68a2ce72ea0",
        );
        let encapsulation = unhex(
            "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be863c40\
             3ce65c9bfcb9382657222d18c4",
        );
        let shared_secret = unhex("c0d26aeab536609a572b07695d933b589dcf363ff9d93c93adea537aeabb8cb8");

        let ephemeral = P256PrivateKey::from_scalar(&ephemeral.try_into().unwrap()).unwrap();
        let sent = encapsulate_with(&public, &ephemeral).unwrap();
        assert_eq!(sent.encapsulation, encapsulation);
        assert_eq!(sent.shared_secret.to_vec(), shared_secret);

        let private = P256PrivateKey::from_scalar(&private.try_into().unwrap()).unwrap();
        assert_eq!(private.public().unwrap().to_vec(), public);
        let received = decapsulate(&private, &public, &encapsulation).unwrap();
        assert_eq!(received.to_vec(), shared_secret);
    }
}
