//! Each backend against the other: what one makes the other takes, and both refuse the same.
#![cfg(all(feature = "aws-lc", feature = "portable"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use clausa_core::hazmat::backends::{CryptoError, RsaSize, aws_lc, compress_p256, portable};
use clausa_core::random::{Randomness, RandomnessFailed, SystemRandom};
use proptest::collection::vec;
use proptest::prelude::*;

/// A scalar within range with overwhelming probability; the few others are thrown away.
fn scalar() -> impl Strategy<Value = [u8; 32]> {
    any::<[u8; 32]>().prop_filter("a scalar in range", |bytes| {
        portable::P256PrivateKey::from_scalar(bytes).is_ok()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn aead(
        key in any::<[u8; 32]>(),
        nonce in any::<[u8; 12]>(),
        aad in vec(any::<u8>(), 0..80),
        plaintext in vec(any::<u8>(), 0..5000),
        flip in any::<proptest::sample::Index>(),
    ) {
        let (native, other) = (aws_lc::AeadKey::new(&key).unwrap(), portable::AeadKey::new(&key).unwrap());
        let (mut left, mut right) = (plaintext.clone(), plaintext.clone());
        let tag = native.seal_in_place(&nonce, &aad, &mut left).unwrap();
        prop_assert_eq!(other.seal_in_place(&nonce, &aad, &mut right).unwrap(), tag);
        prop_assert_eq!(&left, &right);

        let mut altered = [&left[..], &tag].concat();
        let at = flip.index(altered.len());
        altered[at] ^= 1;
        let (ciphertext, altered_tag) = altered.split_last_chunk().unwrap();
        let (mut first, mut second) = (ciphertext.to_vec(), ciphertext.to_vec());
        let refused = Err(CryptoError::DecryptionFailed);
        prop_assert_eq!(native.open_in_place(&nonce, &aad, &mut first, altered_tag), refused);
        prop_assert_eq!(other.open_in_place(&nonce, &aad, &mut second, altered_tag), refused);

        native.open_in_place(&nonce, &aad, &mut right, &tag).unwrap();
        other.open_in_place(&nonce, &aad, &mut left, &tag).unwrap();
        prop_assert_eq!(&left, &plaintext);
        prop_assert_eq!(&right, &plaintext);
    }

    #[test]
    fn key_derivation(
        key in vec(any::<u8>(), 0..70),
        parts in vec(vec(any::<u8>(), 0..90), 0..5),
        length in 0_usize..13_000,
    ) {
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        let joined = parts.concat();
        prop_assert_eq!(aws_lc::hmac_sha256(&key, &parts), portable::hmac_sha256(&key, &[&joined]));
        prop_assert_eq!(
            &*aws_lc::hkdf_extract_sha256(&key, &parts),
            &*portable::hkdf_extract_sha256(&key, &[&joined])
        );
        let (mut left, mut right) = (vec![0; length], vec![0; length]);
        let results = [
            aws_lc::hkdf_expand_sha256(&key, &parts, &mut left),
            portable::hkdf_expand_sha256(&key, &[&joined], &mut right),
        ];
        let fits = |hash: usize| if key.len() <= 64 && length <= 255 * hash { Ok(()) } else { Err(CryptoError::InvalidLength) };
        prop_assert_eq!(results, [fits(32); 2]);
        prop_assert_eq!(&left, &right);
        let results = [
            aws_lc::hkdf_expand_sha384(&key, &parts, &mut left),
            portable::hkdf_expand_sha384(&key, &[&joined], &mut right),
        ];
        prop_assert_eq!(results, [fits(48); 2]);
        prop_assert_eq!(&left, &right);
    }

    #[test]
    fn p256_agreement(private in scalar(), peer in scalar(), junk in vec(any::<u8>(), 64)) {
        let (native, other) = (
            aws_lc::P256PrivateKey::from_scalar(&private).unwrap(),
            portable::P256PrivateKey::from_scalar(&private).unwrap(),
        );
        prop_assert_eq!(native.public().unwrap(), other.public().unwrap());
        prop_assert_eq!(*native.expose_scalar().unwrap(), private);
        prop_assert_eq!(*other.expose_scalar().unwrap(), private);
        let peer = aws_lc::P256PrivateKey::from_scalar(&peer).unwrap().public().unwrap();
        prop_assert_eq!(&native.agree(&peer).unwrap(), &other.agree(&peer).unwrap());

        let mut off_curve = [4; 65];
        off_curve[1..].copy_from_slice(&junk);
        prop_assert_eq!(native.agree(&off_curve), Err(CryptoError::InvalidKey));
        prop_assert_eq!(other.agree(&off_curve), Err(CryptoError::InvalidKey));
        // The hybrid encoding of a valid point is not the one we take.
        let mut hybrid = peer;
        hybrid[0] = 6 + (peer[64] & 1);
        prop_assert_eq!(native.agree(&hybrid), Err(CryptoError::InvalidKey));
        prop_assert_eq!(other.agree(&hybrid), Err(CryptoError::InvalidKey));
    }

    #[test]
    fn x25519_agreement(private in any::<[u8; 32]>(), peer in any::<[u8; 32]>()) {
        let (native, other) = (
            aws_lc::X25519PrivateKey::from_bytes(&private).unwrap(),
            portable::X25519PrivateKey::from_bytes(&private).unwrap(),
        );
        prop_assert_eq!(native.public().unwrap(), other.public().unwrap());
        prop_assert_eq!(*native.expose_bytes().unwrap(), private);
        prop_assert_eq!(*other.expose_bytes().unwrap(), private);
        prop_assert_eq!(native.agree(&peer), other.agree(&peer));
    }

    #[test]
    fn ml_kem(seed in any::<[u8; 32]>(), z in any::<[u8; 32]>(), junk in vec(any::<u8>(), 1088)) {
        let seed: [u8; 64] = [seed, z].concat().try_into().unwrap();
        let (native, other) = (
            aws_lc::MlKemPrivateKey::from_seed(&seed).unwrap(),
            portable::MlKemPrivateKey::from_seed(&seed).unwrap(),
        );
        prop_assert_eq!(native.public(), other.public());
        let to_other = aws_lc::ml_kem_encapsulate(other.public(), &mut SystemRandom).unwrap();
        prop_assert_eq!(&other.decapsulate(&to_other.ciphertext).unwrap(), &to_other.shared_secret);
        let to_native = portable::ml_kem_encapsulate(native.public(), &mut SystemRandom).unwrap();
        prop_assert_eq!(&native.decapsulate(&to_native.ciphertext).unwrap(), &to_native.shared_secret);
        // Implicit rejection gives the same secret in both.
        let junk = junk.try_into().unwrap();
        prop_assert_eq!(native.decapsulate(&junk).unwrap(), other.decapsulate(&junk).unwrap());
    }

    #[test]
    fn p256_signatures(private in scalar(), message in vec(any::<u8>(), 0..300), bit in 0_usize..512) {
        let (native, other) = (
            aws_lc::P256SigningKey::from_scalar(&private).unwrap(),
            portable::P256SigningKey::from_scalar(&private).unwrap(),
        );
        let public = native.public().unwrap();
        prop_assert_eq!(public, other.public().unwrap());
        let uncompressed = portable::P256PrivateKey::from_scalar(&private).unwrap().public().unwrap();
        prop_assert_eq!(compress_p256(&uncompressed), public);
        prop_assert_eq!(*native.expose_scalar().unwrap(), private);
        prop_assert_eq!(*other.expose_scalar().unwrap(), private);
        for signature in [native.sign(&message).unwrap(), other.sign(&message).unwrap()] {
            for public in [&public[..], &uncompressed[..]] {
                aws_lc::p256_verify(public, &message, &signature).unwrap();
                portable::p256_verify(public, &message, &signature).unwrap();
            }
            let mut altered = signature;
            altered[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(aws_lc::p256_verify(&public, &message, &altered), Err(CryptoError::BadSignature));
            prop_assert_eq!(portable::p256_verify(&public, &message, &altered), Err(CryptoError::BadSignature));
        }
        // Deterministic (RFC 6979) where promised.
        prop_assert_eq!(other.sign(&message).unwrap(), other.sign(&message).unwrap());
    }

    #[test]
    fn ed25519_signatures(seed in any::<[u8; 32]>(), message in vec(any::<u8>(), 0..300), bit in 0_usize..512) {
        let (native, other) = (
            aws_lc::Ed25519SigningKey::from_seed(&seed).unwrap(),
            portable::Ed25519SigningKey::from_seed(&seed).unwrap(),
        );
        let public = native.public().unwrap();
        prop_assert_eq!(public, other.public().unwrap());
        let signature = native.sign(&message).unwrap();
        prop_assert_eq!(signature, other.sign(&message).unwrap());
        aws_lc::ed25519_verify(&public, &message, &signature).unwrap();
        portable::ed25519_verify(&public, &message, &signature).unwrap();
        let mut altered = signature;
        altered[bit / 8] ^= 1 << (bit % 8);
        prop_assert_eq!(aws_lc::ed25519_verify(&public, &message, &altered), Err(CryptoError::BadSignature));
        prop_assert_eq!(portable::ed25519_verify(&public, &message, &altered), Err(CryptoError::BadSignature));
    }
}

#[test]
fn rsa_is_encrypted_by_both_and_decrypted_by_one() {
    for size in [RsaSize::Bits2048, RsaSize::Bits3072, RsaSize::Bits4096] {
        let private = aws_lc::RsaPrivateKey::generate(size).unwrap();
        let private = aws_lc::RsaPrivateKey::from_pkcs8(&private.expose_pkcs8().unwrap()).unwrap();
        assert_eq!(private.size(), Ok(size));
        let spki = private.public_spki().unwrap();
        let (native, other) = (
            aws_lc::RsaPublicKey::from_spki(&spki).unwrap(),
            portable::RsaPublicKey::from_spki(&spki).unwrap(),
        );
        assert_eq!((native.size(), other.size()), (size, size));
        let followed = [&spki[..], &[0]].concat();
        let refused = Some(CryptoError::InvalidKey);
        assert_eq!(aws_lc::RsaPublicKey::from_spki(&followed).err(), refused);
        assert_eq!(portable::RsaPublicKey::from_spki(&followed).err(), refused);
        let longest = size.bits() / 8 - 66;
        for length in [0, 97, longest] {
            let plaintext = vec![7; length];
            let by_native = native.encrypt(&plaintext, &mut SystemRandom).unwrap();
            let by_other = other.encrypt(&plaintext, &mut SystemRandom).unwrap();
            assert_eq!(private.decrypt(&by_native).unwrap()[..], plaintext);
            assert_eq!(private.decrypt(&by_other).unwrap()[..], plaintext);
            let mut altered = by_native;
            *altered.last_mut().unwrap() ^= 1;
            assert_eq!(private.decrypt(&altered), Err(CryptoError::DecryptionFailed));
        }
        let too_long = vec![7; longest + 1];
        assert_eq!(
            native.encrypt(&too_long, &mut SystemRandom),
            Err(CryptoError::InvalidLength)
        );
        assert_eq!(
            other.encrypt(&too_long, &mut SystemRandom),
            Err(CryptoError::InvalidLength)
        );
        assert_eq!(private.decrypt(&[]), Err(CryptoError::DecryptionFailed));
    }
}

#[test]
fn rsa_private_operations_are_not_available_in_the_portable_backend() {
    // SEC-27
    let refused = Some(CryptoError::NotAvailable);
    assert_eq!(
        portable::RsaPrivateKey::generate(RsaSize::Bits3072).err(),
        refused
    );
    let key = aws_lc::RsaPrivateKey::generate(RsaSize::Bits2048)
        .unwrap()
        .expose_pkcs8()
        .unwrap();
    assert_eq!(portable::RsaPrivateKey::from_pkcs8(&key).err(), refused);
}

/// Clause 2.5.1.
#[test]
fn keys_that_are_none_are_refused_by_both() {
    // SEC-37
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
        0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let refused = Some(CryptoError::InvalidKey);
    for scalar in [[0; 32], ORDER, [0xff; 32]] {
        assert_eq!(aws_lc::P256PrivateKey::from_scalar(&scalar).err(), refused);
        assert_eq!(portable::P256PrivateKey::from_scalar(&scalar).err(), refused);
        assert_eq!(aws_lc::P256SigningKey::from_scalar(&scalar).err(), refused);
        assert_eq!(portable::P256SigningKey::from_scalar(&scalar).err(), refused);
    }
    for junk in [&b""[..], b"\x30", &[0; 300]] {
        assert_eq!(aws_lc::RsaPrivateKey::from_pkcs8(junk).err(), refused);
        assert_eq!(aws_lc::RsaPublicKey::from_spki(junk).err(), refused);
        assert_eq!(portable::RsaPublicKey::from_spki(junk).err(), refused);
        assert_eq!(aws_lc::p256_verify(junk, b"", &[0; 64]).err(), refused);
        assert_eq!(portable::p256_verify(junk, b"", &[0; 64]).err(), refused);
    }
    // All encodings of the eight points of small order on the curve of Ed25519: 0, 1, -1, and beyond the modulus.
    for y in [0, 1] {
        for sign in [0, 0x80] {
            let mut public = [0; 32];
            (public[0], public[31]) = (y, sign);
            assert_eq!(aws_lc::ed25519_verify(&public, b"", &[0; 64]).err(), refused);
            assert_eq!(portable::ed25519_verify(&public, b"", &[0; 64]).err(), refused);
        }
    }
}

#[test]
fn scalars_are_drawn_again_until_one_is_in_range() {
    /// Gives out of range first, then zero, then something usable.
    struct Script(Vec<[u8; 32]>);
    impl Randomness for Script {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomnessFailed> {
            out.copy_from_slice(&self.0.pop().ok_or(RandomnessFailed)?);
            Ok(())
        }
    }
    let script = || Script(vec![[0x11; 32], [0; 32], [0xff; 32]]);
    let key = aws_lc::P256PrivateKey::generate(&mut script()).unwrap();
    assert_eq!(*key.expose_scalar().unwrap(), [0x11; 32]);
    let key = portable::P256PrivateKey::generate(&mut script()).unwrap();
    assert_eq!(*key.expose_scalar().unwrap(), [0x11; 32]);
    // SEC-29: a source that is broken is not asked for ever.
    let failed = Some(CryptoError::RandomnessFailed);
    assert_eq!(
        portable::P256PrivateKey::generate(&mut Script(vec![])).err(),
        failed
    );
    assert_eq!(
        aws_lc::P256PrivateKey::generate(&mut Script(vec![[0xff; 32]; 100])).err(),
        failed
    );
}

/// SEC-30.
#[test]
fn private_keys_of_the_portable_backend_do_not_show_themselves() {
    let scalar = [7; 32];
    let shown = [
        format!("{:?}", portable::AeadKey::new(&scalar).unwrap()),
        format!("{:?}", portable::P256PrivateKey::from_scalar(&scalar).unwrap()),
        format!("{:?}", portable::X25519PrivateKey::from_bytes(&scalar).unwrap()),
        format!("{:?}", portable::MlKemPrivateKey::from_seed(&[7; 64]).unwrap()),
        format!("{:?}", portable::P256SigningKey::from_scalar(&scalar).unwrap()),
        format!("{:?}", portable::Ed25519SigningKey::from_seed(&scalar).unwrap()),
    ];
    for text in shown {
        assert!(text.ends_with("(..)") && !text.contains('7'), "{text}");
    }
}

/// SEC-29.
#[test]
fn rsa_without_randomness_encrypts_nothing() {
    struct Broken;
    impl Randomness for Broken {
        fn fill(&mut self, _: &mut [u8]) -> Result<(), RandomnessFailed> {
            Err(RandomnessFailed)
        }
    }
    let spki = include_bytes!("../../../testdata/keys/rsa-2048.spki");
    let key = portable::RsaPublicKey::from_spki(spki).unwrap();
    let refused = key.encrypt(b"text", &mut Broken).err();
    assert_eq!(refused, Some(CryptoError::RandomnessFailed));
}
