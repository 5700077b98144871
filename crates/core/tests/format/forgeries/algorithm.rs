//! Algorithm confusion: a key or a ciphertext of one kind offered as one of another (SEC-4, clauses 2.3, 2.5, 4.3, 4.4).
//! The table of `alg` values is in `signatures.rs`.

use clausa_core::certificate::{
    KeySetPolicy, Purpose, SignedLicensorCertificate, SignedTenantKeySet, TenantKeySet, WrappingKeyEntry,
    WrappingKeyStatus,
};
use clausa_core::hazmat::labels;
use clausa_core::id::KeyId;
use clausa_core::keys::{KeyUnwrapper, Signer, Suite, UnwrapFailed, VerifyingKey, WrappingPublicKey};
use clausa_core::publishing::PublishingLicence;
use minicbor::bytes::ByteVec;

use crate::cose::{payload, replace, sign};
use crate::world::{NOW, SUITES, WORLD};

/// A licensor certificate of the tenant's whose key 5 is other bytes.
fn certificate_with_key(key: &[u8]) -> Vec<u8> {
    let chain = WORLD.tenant.chain(&WORLD.janet);
    let payload = payload(chain.leaf().as_bytes());
    let genuine = WORLD.janet.signer.verifying_key();
    let entry = |key: &[u8]| {
        let mut entry = vec![5];
        minicbor::encode(ByteVec::from(key.to_vec()), &mut entry).unwrap();
        entry
    };
    let old = entry(genuine.as_bytes());
    let at = payload
        .windows(old.len())
        .position(|window| window == old)
        .unwrap();
    let payload = [&payload[..at], &entry(key), &payload[at + old.len()..]].concat();
    sign(
        &payload,
        labels::LICENSOR_CERTIFICATE,
        WORLD.tenant.signer(Purpose::Licensor),
        false,
    )
}

/// Not even the tenant can vouch for a key of another kind than the two that sign.
#[test]
fn a_wrapping_key_offered_as_a_signing_key_is_refused() {
    let p256 = WORLD.janet.signer.verifying_key();
    assert!(SignedLicensorCertificate::parse(&certificate_with_key(p256.as_bytes())).is_ok());
    for suite in SUITES {
        let key = WORLD.wrapping_key(*suite);
        assert!(VerifyingKey::from_bytes(key.as_bytes()).is_err(), "{suite:?}");
        assert!(
            SignedLicensorCertificate::parse(&certificate_with_key(key.as_bytes())).is_err(),
            "{suite:?}"
        );
    }
    // Uncompressed, hybrid and bare points, and points with another first byte.
    let uncompressed = p256.p256_uncompressed().unwrap();
    let mut hybrid = uncompressed;
    hybrid[0] = 6 + (uncompressed[64] & 1);
    let mut compressed: [u8; 33] = p256.as_bytes().try_into().unwrap();
    compressed[0] = 4;
    for key in [&uncompressed[..], &hybrid, &uncompressed[1..], &compressed, &[]] {
        assert!(VerifyingKey::from_bytes(key).is_err());
        assert!(SignedLicensorCertificate::parse(&certificate_with_key(key)).is_err());
    }
}

/// The coordinate of a P-256 key as an Ed25519 key, and an Ed25519 key as a coordinate: the licence is of the other kind,
/// and its `alg` is not the key's.
/// Clause 2.3.1.
#[test]
fn a_key_of_one_curve_offered_as_one_of_the_other_is_refused() {
    let licence = WORLD.publish(Suite::P256);
    let [core, wraps]: [ByteVec; 2] = minicbor::decode(&payload(licence.licence_bytes())).unwrap();
    let genuine = PublishingLicence::parse(licence.licence_bytes()).unwrap();
    let leaf = genuine.chain().leaf().as_bytes().to_vec();
    let with_leaf = |other: Vec<u8>| {
        let string = |bytes: &[u8]| minicbor::to_vec(ByteVec::from(bytes.to_vec())).unwrap();
        let (old, new) = (string(&leaf), string(&other));
        let at = core.windows(old.len()).position(|window| window == old).unwrap();
        let core = [&core[..at], &new, &core[at + old.len()..]].concat();
        let payload = minicbor::to_vec([ByteVec::from(core), wraps.clone()]).unwrap();
        let object = sign(&payload, labels::PUBLISHING_LICENCE, &WORLD.janet.signer, false);
        PublishingLicence::parse(&object).and_then(|licence| licence.verify(&WORLD.anchors).map(drop))
    };
    let key = WORLD.janet.signer.verifying_key();
    assert_eq!(with_leaf(certificate_with_key(key.as_bytes())), Ok(()));
    assert!(
        with_leaf(certificate_with_key(&key.as_bytes()[1..])).is_err(),
        "as Ed25519"
    );
    let ed25519 = WORLD.root.verifying_key();
    for first in [2, 3] {
        let point = [&[first], ed25519.as_bytes()].concat();
        assert!(with_leaf(certificate_with_key(&point)).is_err(), "as P-256");
    }
    assert!(
        with_leaf(certificate_with_key(ed25519.as_bytes())).is_err(),
        "another key"
    );
}

/// An RSA key as a point, a point as a hybrid key, and all other pairs.
/// Clause 4.4.
#[test]
fn a_wrapping_key_offered_for_another_suite_is_refused() {
    for suite in SUITES {
        for other in SUITES.iter().filter(|other| *other != suite) {
            let key = WORLD.wrapping_key(*suite);
            assert!(
                WrappingPublicKey::from_bytes(*other, key.as_bytes()).is_err(),
                "{suite:?} as {other:?}"
            );
            let set = TenantKeySet {
                tenant: WORLD.tenant.id,
                version: 1,
                organisation: None,
                issued_at: NOW,
                expires: NOW.plus_days(30),
                signing_keys: Vec::new(),
                wrapping_keys: vec![WrappingKeyEntry {
                    key,
                    status: WrappingKeyStatus::Active,
                }],
                accepted_suites: vec![*suite],
                policy: KeySetPolicy::default(),
            };
            let set = set.issue(&WORLD.root).unwrap();
            assert!(SignedTenantKeySet::parse(set.as_bytes()).is_ok());
            // Key 7, one entry of three, the suite first.
            let entry = |suite: Suite| [7, 0x81, 0x83, suite.number() as u8, 1];
            let payload = replace(&payload(set.as_bytes()), &entry(*suite), &entry(*other));
            let forged = sign(&payload, labels::TENANT_KEY_SET, &WORLD.root, true);
            assert!(
                SignedTenantKeySet::parse(&forged).is_err(),
                "{suite:?} as {other:?}"
            );
        }
    }
}

/// A ciphertext of one suite labelled as one of another, under the kid of either key, signed by the publisher himself.
#[test]
fn a_ciphertext_labelled_as_one_of_another_suite_is_refused() {
    let all: Vec<&dyn KeyUnwrapper> = WORLD.tenant.unwrappers.iter().map(|key| key as _).collect();
    for suite in SUITES {
        let licence = WORLD.publish(*suite);
        let [core, wraps]: [ByteVec; 2] = minicbor::decode(&payload(licence.licence_bytes())).unwrap();
        let [(kid, number, ciphertext)]: [(KeyId, u16, ByteVec); 1] = minicbor::decode(&wraps).unwrap();
        assert_eq!(number, suite.number());
        let with_wrap = |kid: KeyId, number: u16| {
            let wraps = minicbor::to_vec([(kid, number, ciphertext.clone())]).unwrap();
            let payload = minicbor::to_vec([core.clone(), wraps.into()]).unwrap();
            let object = sign(&payload, labels::PUBLISHING_LICENCE, &WORLD.janet.signer, false);
            let licence = PublishingLicence::parse(&object)
                .unwrap()
                .verify(&WORLD.anchors)
                .unwrap();
            licence.unwrap_keys(&all).map(drop)
        };
        assert_eq!(with_wrap(kid, number), Ok(()));
        for other in SUITES.iter().filter(|other| *other != suite) {
            let other_kid = WORLD.wrapping_key(*other).kid();
            for (kid, number) in [
                (kid, other.number()),
                (other_kid, other.number()),
                (other_kid, number),
            ] {
                assert_eq!(
                    with_wrap(kid, number),
                    Err(UnwrapFailed),
                    "{suite:?} as {other:?}"
                );
            }
        }
    }
}
