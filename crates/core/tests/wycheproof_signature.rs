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

both! { ecdsa_p256_der, backend => {
    // The same with signatures in DER, which the format does not have (clause 2.6): what is one strict SEQUENCE of two
    // short INTEGERs is given to us as `r || s`, everything else counts as refused and may not be valid.
    use wycheproof::ecdsa::{TestName, TestSet};
    let set = TestSet::load(TestName::EcdsaSecp256r1Sha256).unwrap();
    let (mut run, mut not_expressible, mut high) = (0, 0, 0);
    for group in &set.test_groups {
        for test in &group.tests {
            let Some(signature) = from_der(&test.sig) else {
                assert_eq!(test.result, TestResult::Invalid, "test {}", test.tc_id);
                not_expressible += 1;
                continue;
            };
            let verified = backend::p256_verify(&group.key.key, &test.msg, &signature).is_ok();
            assert_eq!(verified, test.result == TestResult::Valid, "test {}", test.tc_id);
            run += 1;
            high += usize::from(verified && signature[32..] > HALF_ORDER[..]);
        }
    }
    // Verification alone takes both forms; signed objects take the lower one only, see `signatures.rs` of the format.
    println!("ECDSA P-256, DER: {run} run, {not_expressible} not expressible; {high} valid ones of the higher form");
    assert_eq!((run, not_expressible, high), (249, 235, 71));
} }

/// Half the order of the P-256 group, rounded down.
const HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xde,
    0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
];

/// `r || s` out of `30 l 02 l r 02 l s` with shortest, positive integers of at most 32 bytes.
fn from_der(der: &[u8]) -> Option<[u8; 64]> {
    let (mut signature, mut rest) = ([0; 64], der.strip_prefix(&[0x30])?);
    let (length, content) = rest.split_first()?;
    if usize::from(*length) != content.len() || *length > 127 {
        return None;
    }
    rest = content;
    for half in signature.chunks_mut(32) {
        let (length, tail) = rest.strip_prefix(&[0x02])?.split_first()?;
        let (integer, tail) = tail.split_at_checked(usize::from(*length))?;
        let digits = match integer {
            [0, digits @ ..] if digits.first().is_some_and(|first| *first >= 0x80) => digits,
            [first, ..] if *first < 0x80 && (*first > 0 || integer.len() == 1) => integer,
            _ => return None,
        };
        half[32_usize.checked_sub(digits.len())?..].copy_from_slice(digits);
        rest = tail;
    }
    rest.is_empty().then_some(signature)
}

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
