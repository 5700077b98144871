//! Wycheproof: ECDH on P-256, X25519 (SEC-37).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[macro_use]
#[path = "support/both.rs"]
mod support;

use wycheproof::TestResult;
use wycheproof::ecdh::{TestFlag, TestName};

/// SubjectPublicKeyInfo of an uncompressed P-256 point, up to the point.
const SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

both! { p256_points, backend => {
    let counts = p256(TestName::EcdhSecp256r1Ecpoint, |public| public.to_vec(), |private, public| {
        let key = backend::P256PrivateKey::from_scalar(private).ok()?;
        key.agree(public).ok().map(|shared| *shared)
    });
    println!("ECDH P-256, points: {counts:?}");
    assert_eq!((counts.run, counts.not_expressible), (346, 9));
} }

both! { p256_spki, backend => {
    // The vectors carry the point inside a SubjectPublicKeyInfo, which our interface does not read: what is not
    // exactly the usual one counts as refused.
    let strip = |public: &[u8]| public.strip_prefix(&SPKI).unwrap_or_default().to_vec();
    let counts = p256(TestName::EcdhSecp256r1, strip, |private, public| {
        let key = backend::P256PrivateKey::from_scalar(private).ok()?;
        key.agree(public).ok().map(|shared| *shared)
    });
    println!("ECDH P-256, SubjectPublicKeyInfo: {counts:?}");
    assert_eq!((counts.run, counts.not_expressible), (349, 263));
} }

#[derive(Debug, Default)]
struct Counts {
    run: usize,
    /// The public key is not 65 bytes, or the private key not 32: our types do not admit it.
    not_expressible: usize,
}

fn p256(
    name: TestName,
    point: impl Fn(&[u8]) -> Vec<u8>,
    agree: impl Fn(&[u8; 32], &[u8; 65]) -> Option<[u8; 32]>,
) -> Counts {
    let set = wycheproof::ecdh::TestSet::load(name).unwrap();
    let mut counts = Counts::default();
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let public = point(&test.public_key);
        let (Ok(public), Some(private)) = (<&[u8; 65]>::try_from(&public[..]), scalar(&test.private_key))
        else {
            // Valid vectors that we refuse may only be compressed points.
            let compressed = test.flags.contains(&TestFlag::CompressedPoint);
            assert!(
                test.result != TestResult::Valid || compressed,
                "test {}",
                test.tc_id
            );
            counts.not_expressible += 1;
            continue;
        };
        let shared = agree(&private, public);
        match test.result {
            TestResult::Valid => assert_eq!(shared.unwrap(), test.shared_secret[..], "test {}", test.tc_id),
            TestResult::Invalid => assert_eq!(shared, None, "test {}", test.tc_id),
            TestResult::Acceptable => {
                assert!(
                    shared.is_none_or(|shared| shared == test.shared_secret[..]),
                    "test {}",
                    test.tc_id
                );
            }
        }
        counts.run += 1;
    }
    counts
}

/// The private keys are integers with leading zeros missing or added.
fn scalar(bytes: &[u8]) -> Option<[u8; 32]> {
    let significant = &bytes[bytes.iter().position(|byte| *byte != 0)?..];
    let mut scalar = [0; 32];
    scalar[32_usize.checked_sub(significant.len())?..].copy_from_slice(significant);
    Some(scalar)
}

both! { x25519, backend => {
    let set = wycheproof::xdh::TestSet::load(wycheproof::xdh::TestName::X25519).unwrap();
    let (mut run, mut refused, mut not_expressible) = (0, 0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let (Ok(private), Ok(public)) = (test.private_key[..].try_into(), test.public_key[..].try_into()) else {
            assert_ne!(test.result, TestResult::Valid, "test {}", test.tc_id);
            not_expressible += 1;
            continue;
        };
        let shared = backend::X25519PrivateKey::from_bytes(private).unwrap().agree(public);
        match shared {
            Ok(shared) => assert_eq!(shared[..], test.shared_secret[..], "test {}", test.tc_id),
            // Clause 4.3.3: acceptable vectors with a shared secret of zero are refused; no other may be.
            Err(_) => {
                assert_eq!(test.shared_secret[..], [0; 32], "test {}", test.tc_id);
                assert_ne!(test.result, TestResult::Valid, "test {}", test.tc_id);
                refused += 1;
            }
        }
        run += 1;
    }
    println!("X25519: {run} run, {refused} of low order refused, {not_expressible} not expressible");
    assert_eq!((run, refused, not_expressible), (518, 31, 0));
} }
