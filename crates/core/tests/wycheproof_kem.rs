//! Wycheproof: ML-KEM-768 and RSAES-OAEP with SHA-256. The set `mlkem_768_semi_expanded_decaps` cannot be run: our keys
//! are seeds (clause 4.3), and nothing takes an expanded one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[macro_use]
#[path = "support/both.rs"]
mod support;

use clausa_core::hazmat::backends::CryptoError;
use clausa_core::random::{Randomness, RandomnessFailed};
use wycheproof::TestResult;
use wycheproof::mlkem::{Test, TestName, TestSet};

both! { ml_kem_768_decapsulate, backend => {
    let (mut run, mut not_expressible) = (0, 0);
    for test in ml_kem(TestName::MlKem768) {
        let seed = test.seed.as_ref().unwrap();
        let ciphertext = test.ct.as_ref().unwrap();
        let (Ok(seed), Ok(ciphertext)) = (seed[..].try_into(), ciphertext[..].try_into()) else {
            assert_eq!(test.result, TestResult::Invalid, "test {}", test.tc_id);
            not_expressible += 1;
            continue;
        };
        let key = backend::MlKemPrivateKey::from_seed(seed).unwrap();
        if let Some(expected) = &test.encaps_key {
            assert_eq!(key.public()[..], expected[..], "test {}", test.tc_id);
        }
        let shared = key.decapsulate(ciphertext).unwrap();
        let agrees = shared[..] == test.shared_secret.as_ref().unwrap()[..];
        assert_eq!(agrees, test.result == TestResult::Valid, "test {}", test.tc_id);
        run += 1;
    }
    println!("ML-KEM-768 decapsulation: {run} run, {not_expressible} not expressible");
    assert_eq!((run, not_expressible), (161, 40));
} }

both! { ml_kem_768_key_generation, backend => {
    let mut run = 0;
    for test in ml_kem(TestName::MlKem768KeyGenSeed) {
        let seed = test.seed.as_ref().unwrap();
        let key = backend::MlKemPrivateKey::from_seed(seed[..].try_into().unwrap()).unwrap();
        assert_eq!(test.result, TestResult::Valid);
        assert_eq!(key.public()[..], test.encaps_key.as_ref().unwrap()[..], "test {}", test.tc_id);
        run += 1;
    }
    println!("ML-KEM-768 key generation: {run} run");
    assert_eq!(run, 100);
} }

both! { ml_kem_768_encapsulate, backend => {
    // AWS-LC draws the message itself, so of it only which keys are taken can be compared; the portable backend takes
    // the message from the randomness it is given.
    let deterministic = std::any::type_name::<backend::MlKemPrivateKey>().contains("portable");
    let (mut run, mut not_expressible) = (0, 0);
    for test in ml_kem(TestName::MlKem768Encaps) {
        let Ok(public) = test.encaps_key.as_ref().unwrap()[..].try_into() else {
            assert_eq!(test.result, TestResult::Invalid, "test {}", test.tc_id);
            not_expressible += 1;
            continue;
        };
        let mut message = Fixed(test.msg.as_ref().unwrap().to_vec());
        let encapsulated = backend::ml_kem_encapsulate(public, &mut message);
        assert_eq!(encapsulated.is_ok(), test.result == TestResult::Valid, "test {}", test.tc_id);
        if let (Ok(encapsulated), true) = (encapsulated, deterministic) {
            assert_eq!(encapsulated.ciphertext[..], test.ct.as_ref().unwrap()[..], "test {}", test.tc_id);
            assert_eq!(encapsulated.shared_secret[..], test.shared_secret.as_ref().unwrap()[..]);
        }
        run += 1;
    }
    println!("ML-KEM-768 encapsulation: {run} run, {not_expressible} not expressible");
    assert_eq!((run, not_expressible), (245, 20));
} }

/// Gives out exactly these bytes, once.
struct Fixed(Vec<u8>);

impl Randomness for Fixed {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomnessFailed> {
        if out.len() != self.0.len() {
            return Err(RandomnessFailed);
        }
        out.copy_from_slice(&std::mem::take(&mut self.0));
        Ok(())
    }
}

fn ml_kem(name: TestName) -> Vec<Test> {
    let set = TestSet::load(name).unwrap();
    set.test_groups
        .into_iter()
        .flat_map(|group| group.tests)
        .collect()
}

/// Only AWS-LC decrypts.
#[cfg(feature = "aws-lc")]
#[test]
fn rsa_oaep_decrypt() {
    use wycheproof::rsa_oaep::TestName;
    let mut counts = OaepCounts::default();
    for name in [
        TestName::Rsa2048Sha256Mgf1Sha256,
        TestName::Rsa3072Sha256Mgf1Sha256,
        TestName::Rsa4096Sha256Mgf1Sha256,
    ] {
        counts.run_set(name);
    }
    println!("RSA-OAEP: {counts:?}");
    assert_eq!((counts.run, counts.with_label, counts.other_key), (87, 24, 0));
}

/// Keys of other sizes than clause 4.3 allows are refused before anything is decrypted.
#[cfg(feature = "aws-lc")]
#[test]
fn rsa_oaep_of_odd_sizes() {
    let mut counts = OaepCounts::default();
    counts.run_set(wycheproof::rsa_oaep::TestName::RsaMisc);
    println!("RSA-OAEP, odd sizes: {counts:?}");
    assert_eq!((counts.run, counts.with_label, counts.other_key), (9, 0, 25));
}

#[cfg(feature = "aws-lc")]
#[derive(Debug, Default)]
struct OaepCounts {
    run: usize,
    /// We use no label, so these must not open.
    with_label: usize,
    /// Of a size that is no wrapping key's, refused when the key is read.
    other_key: usize,
}

#[cfg(feature = "aws-lc")]
impl OaepCounts {
    /// Runs the groups with SHA-256 and MGF1-SHA-256 of a set.
    fn run_set(&mut self, name: wycheproof::rsa_oaep::TestName) {
        use clausa_core::hazmat::backends::aws_lc::RsaPrivateKey;
        use wycheproof::HashFunction::Sha2_256;
        let set = wycheproof::rsa_oaep::TestSet::load(name).unwrap();
        for group in set.test_groups {
            if (group.hash, group.mgf_hash) != (Sha2_256, Sha2_256) {
                continue;
            }
            let key = match RsaPrivateKey::from_pkcs8(&group.pkcs8) {
                Ok(key) => key,
                Err(error) => {
                    let is_ours = [2_048, 3_072, 4_096].contains(&group.key_size);
                    assert!(
                        !is_ours && error == CryptoError::InvalidKey,
                        "{} bit",
                        group.key_size
                    );
                    self.other_key += group.tests.len();
                    continue;
                }
            };
            for test in &group.tests {
                let opened = key.decrypt(&test.ct);
                if !test.label.is_empty() {
                    assert!(opened.is_err(), "test {}", test.tc_id);
                    self.with_label += 1;
                    continue;
                }
                match test.result {
                    TestResult::Valid => assert_eq!(opened.unwrap()[..], test.pt[..], "test {}", test.tc_id),
                    TestResult::Invalid => {
                        assert_eq!(opened, Err(CryptoError::DecryptionFailed), "test {}", test.tc_id)
                    }
                    TestResult::Acceptable => {
                        assert!(
                            opened.is_ok_and(|opened| opened[..] == test.pt[..]),
                            "test {}",
                            test.tc_id
                        );
                    }
                }
                self.run += 1;
            }
        }
    }
}
