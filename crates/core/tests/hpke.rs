//! HPKE against the independent `hpke` crate, both KEMs, both directions; and what must not open.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use clausa_core::hazmat::hpke::{HpkeError, HpkePrivateKey, HpkePublicKey, Kem, open, seal};
use clausa_core::random::SystemRandom;
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::{Deserializable, OpModeR, OpModeS, Serializable};
use proptest::prelude::*;

const INFO: &[u8] = b"clausa/v1/wrap";
const KEMS: [Kem; 2] = [Kem::P256, Kem::MlKem768X25519];

/// What the other crate seals to our key.
fn sealed_by_other<K: hpke::Kem>(public: &[u8], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let public = K::PublicKey::from_bytes(public).unwrap();
    let (encapsulation, ciphertext) =
        hpke::single_shot_seal::<AesGcm256, HkdfSha256, K>(&OpModeS::Base, &public, INFO, plaintext, aad)
            .unwrap();
    [encapsulation.to_bytes().to_vec(), ciphertext].concat()
}

/// What the other crate opens of our message.
fn opened_by_other<K: hpke::Kem>(kem: Kem, private: &[u8], aad: &[u8], sealed: &[u8]) -> Vec<u8> {
    let private = K::PrivateKey::from_bytes(private).unwrap();
    let (encapsulation, ciphertext) = sealed.split_at(kem.encapsulation_length());
    let encapsulation = K::EncappedKey::from_bytes(encapsulation).unwrap();
    hpke::single_shot_open::<AesGcm256, HkdfSha256, K>(
        &OpModeR::Base,
        &private,
        &encapsulation,
        INFO,
        ciphertext,
        aad,
    )
    .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_other_crate_opens_ours_and_we_open_its(
        plaintext in proptest::collection::vec(any::<u8>(), 0..300),
        aad in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        for kem in KEMS {
            let key = HpkePrivateKey::generate(kem, &mut SystemRandom).unwrap();
            let ours = seal(key.public(), INFO, &aad, &plaintext, &mut SystemRandom).unwrap();
            prop_assert_eq!(ours.len(), plaintext.len() + kem.overhead());
            let (public, private) = (key.public().as_bytes(), key.expose_bytes());
            let (opened, theirs) = match kem {
                Kem::P256 => (
                    opened_by_other::<hpke::kem::DhP256HkdfSha256>(kem, private, &aad, &ours),
                    sealed_by_other::<hpke::kem::DhP256HkdfSha256>(public, &aad, &plaintext),
                ),
                Kem::MlKem768X25519 => (
                    opened_by_other::<hpke::kem::XWing>(kem, private, &aad, &ours),
                    sealed_by_other::<hpke::kem::XWing>(public, &aad, &plaintext),
                ),
            };
            prop_assert_eq!(&opened, &plaintext);
            prop_assert_eq!(&*open(&key, INFO, &aad, &theirs).unwrap(), &plaintext);
            prop_assert_eq!(&*open(&key, INFO, &aad, &ours).unwrap(), &plaintext);
        }
    }

    #[test]
    fn a_key_survives_its_encoding(seed in any::<[u8; 32]>()) {
        let key = HpkePrivateKey::from_bytes(Kem::MlKem768X25519, &seed).unwrap();
        prop_assert_eq!(key.expose_bytes(), &seed);
        let public = HpkePublicKey::from_bytes(Kem::MlKem768X25519, key.public().as_bytes()).unwrap();
        let sealed = seal(&public, INFO, b"", b"key block", &mut SystemRandom).unwrap();
        prop_assert_eq!(&open(&key, INFO, b"", &sealed).unwrap()[..], b"key block");
    }
}

#[test]
fn any_flipped_bit_any_cut_and_any_other_context_gives_the_same_error() {
    // SEC-28
    for kem in KEMS {
        let key = HpkePrivateKey::generate(kem, &mut SystemRandom).unwrap();
        let other = HpkePrivateKey::generate(kem, &mut SystemRandom).unwrap();
        let sealed = seal(key.public(), INFO, b"bind", &[7; 97], &mut SystemRandom).unwrap();
        let refused = |key: &HpkePrivateKey, info: &[u8], aad: &[u8], sealed: &[u8]| {
            assert_eq!(
                open(key, info, aad, sealed).map(|_| ()),
                Err(HpkeError::OpenFailed)
            );
        };
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1 << (at % 8);
            refused(&key, INFO, b"bind", &altered);
        }
        for length in (0..sealed.len()).step_by(7) {
            refused(&key, INFO, b"bind", &sealed[..length]);
        }
        refused(&key, INFO, b"bind", &[&sealed[..], &[0]].concat());
        refused(&other, INFO, b"bind", &sealed);
        refused(&key, b"clausa/v1/ul-seal", b"bind", &sealed);
        refused(&key, INFO, b"bund", &sealed);
    }
}

#[test]
fn invalid_keys_are_refused() {
    // SEC-37
    let off_curve = [&[4][..], &[1; 64]].concat();
    let public = HpkePublicKey::from_bytes(Kem::P256, &off_curve).unwrap();
    assert_eq!(
        seal(&public, INFO, b"", b"x", &mut SystemRandom),
        Err(HpkeError::InvalidKey)
    );

    // Coefficients of 0xfff are not reduced; a zero X25519 key is of low order.
    let unreduced = HpkePublicKey::from_bytes(Kem::MlKem768X25519, &[0xff; 1216]).unwrap();
    assert_eq!(
        seal(&unreduced, INFO, b"", b"x", &mut SystemRandom),
        Err(HpkeError::InvalidKey)
    );
    let low_order = HpkePublicKey::from_bytes(Kem::MlKem768X25519, &[0; 1216]).unwrap();
    assert_eq!(
        seal(&low_order, INFO, b"", b"x", &mut SystemRandom),
        Err(HpkeError::InvalidKey)
    );

    for kem in KEMS {
        assert!(HpkePublicKey::from_bytes(kem, &vec![4; kem.public_length() - 1]).is_err());
        assert!(HpkePublicKey::from_bytes(kem, &vec![4; kem.public_length() + 1]).is_err());
    }
    for scalar in [[0; 32], [0xff; 32]] {
        let refused = HpkePrivateKey::from_bytes(Kem::P256, &scalar);
        assert_eq!(refused.map(|_| ()), Err(HpkeError::InvalidKey));
    }
}

#[test]
fn debug_says_nothing_secret() {
    // SEC-30
    let key = HpkePrivateKey::from_bytes(Kem::MlKem768X25519, &[7; 32]).unwrap();
    assert_eq!(format!("{key:?}"), "HpkePrivateKey { kem: MlKem768X25519, .. }");
}
