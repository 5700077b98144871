//! Wycheproof: ECDSA on P-256 with SHA-256, Ed25519.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[macro_use]
#[path = "support/both.rs"]
mod support;

use clausa_core::hazmat::backends::compress_p256;
use wycheproof::TestResult;

both! { ecdsa_p256, backend => {
    use wycheproof::ecdsa::{TestName, TestSet};
    let set = TestSet::load(TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    let (mut run, mut not_expressible) = (0, 0);
    for group in &set.test_groups {
        let uncompressed: [u8; 65] = group.key.key[..].try_into().unwrap();
        let compressed = compress_p256(&uncompressed);
        for test in &group.tests {
            let Ok(signature) = test.sig[..].try_into() else {
                assert_eq!(test.result, TestResult::Invalid, "test {}", test.tc_id);
                not_expressible += 1;
                continue;
            };
            for public in [&uncompressed[..], &compressed[..]] {
                let verified = backend::p256_verify(public, &test.msg, signature).is_ok();
                assert_eq!(verified, test.result == TestResult::Valid, "test {}", test.tc_id);
            }
            run += 1;
        }
    }
    println!("ECDSA P-256: {run} run with both encodings of the key, {not_expressible} not expressible");
    assert_eq!((run, not_expressible), (241, 21));
} }

both! { ed25519, backend => {
    use wycheproof::eddsa::{TestName, TestSet};
    let set = TestSet::load(TestName::Ed25519).unwrap();
    let (mut run, mut not_expressible) = (0, 0);
    for group in &set.test_groups {
        let public: [u8; 32] = group.key.pk[..].try_into().unwrap();
        for test in &group.tests {
            let Ok(signature) = test.sig[..].try_into() else {
                assert_eq!(test.result, TestResult::Invalid, "test {}", test.tc_id);
                not_expressible += 1;
                continue;
            };
            let verified = backend::ed25519_verify(&public, &test.msg, signature).is_ok();
            assert_eq!(verified, test.result == TestResult::Valid, "test {}", test.tc_id);
            run += 1;
        }
    }
    println!("Ed25519: {run} run, {not_expressible} not expressible");
    assert_eq!((run, not_expressible), (139, 12));
} }

both! { ed25519_keys_of_small_order, backend => {
    // Under the neutral element every message verifies with R = 0, S = 0, unless the key is refused.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let mut signature = [0; 64];
    signature[0] = 1;
    for sign in [0, 0x80] {
        neutral[31] = sign;
        assert!(backend::ed25519_verify(&neutral, b"anything", &signature).is_err());
    }
} }
