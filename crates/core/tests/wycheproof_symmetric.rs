//! Wycheproof: AES-256-GCM (as encryption and as GMAC), HMAC-SHA-256, HKDF with SHA-256 and SHA-384. HMAC-SHA-384 is
//! used inside HKDF only, so it has no interface that its own set could be run on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[macro_use]
#[path = "support/both.rs"]
mod support;

use hmac::{KeyInit, Mac};
use wycheproof::TestResult;
use wycheproof::aead::TestName as AeadName;
use wycheproof::hkdf::TestName as HkdfName;
use wycheproof::mac::TestName as MacName;
use wycheproof::mac_with_nonce::TestName as GmacName;

both! { aes_256_gcm, backend => {
    let set = wycheproof::aead::TestSet::load(AeadName::AesGcm).unwrap();
    let (mut run, mut other_size) = (0, 0);
    for group in set.test_groups.iter().filter(|group| group.key_size == 256) {
        for test in &group.tests {
            let Ok(nonce) = <&[u8; 12]>::try_from(&test.nonce[..]) else {
                // Only nonces of 12 bytes can be given to our interface.
                other_size += 1;
                continue;
            };
            let key = backend::AeadKey::new(test.key[..].try_into().unwrap()).unwrap();
            let mut buffer = test.ct.to_vec();
            let opened = key.open_in_place(nonce, &test.aad, &mut buffer, test.tag[..].try_into().unwrap());
            match test.result {
                TestResult::Valid => {
                    opened.unwrap();
                    assert_eq!(buffer, test.pt.to_vec(), "test {}", test.tc_id);
                    let tag = key.seal_in_place(nonce, &test.aad, &mut buffer).unwrap();
                    assert_eq!((buffer, tag.to_vec()), (test.ct.to_vec(), test.tag.to_vec()), "test {}", test.tc_id);
                }
                _ => {
                    assert!(opened.is_err(), "test {}", test.tc_id);
                    assert!(buffer.is_empty() || buffer != test.pt.to_vec(), "test {} leaves plaintext", test.tc_id);
                }
            }
            run += 1;
        }
    }
    println!("AES-256-GCM: {run} run, {other_size} with another nonce size not expressible");
    assert_eq!((run, other_size), (66, 39));
} }

both! { aes_256_gmac, backend => {
    // GMAC is GCM without plaintext.
    let set = wycheproof::mac_with_nonce::TestSet::load(GmacName::Gmac).unwrap();
    let (mut run, mut other_size) = (0, 0);
    for group in set.test_groups.iter().filter(|group| group.key_size == 256) {
        for test in &group.tests {
            let Ok(nonce) = <&[u8; 12]>::try_from(&test.nonce[..]) else {
                other_size += 1;
                continue;
            };
            let key = backend::AeadKey::new(test.key[..].try_into().unwrap()).unwrap();
            let opened = key.open_in_place(nonce, &test.msg, &mut [], test.tag[..].try_into().unwrap());
            assert_eq!(opened.is_ok(), test.result == TestResult::Valid, "test {}", test.tc_id);
            if opened.is_ok() {
                assert_eq!(key.seal_in_place(nonce, &test.msg, &mut []).unwrap()[..], test.tag[..]);
            }
            run += 1;
        }
    }
    println!("AES-256-GMAC: {run} run, {other_size} with another nonce size not expressible");
    assert_eq!((run, other_size), (69, 69));
} }

both! { hmac_sha256, backend => {
    let set = wycheproof::mac::TestSet::load(MacName::HmacSha256).unwrap();
    let mut run = 0;
    for group in &set.test_groups {
        for test in &group.tests {
            let tag = backend::hmac_sha256(&test.key, &[&test.msg]);
            let agrees = tag[..group.tag_size / 8] == test.tag[..];
            assert_eq!(agrees, test.result == TestResult::Valid, "test {}", test.tc_id);
            run += 1;
        }
    }
    println!("HMAC-SHA-256: {run} run");
    assert_eq!(run, 174);
} }

both! { hkdf_sha256, backend => {
    let run = hkdf(HkdfName::HkdfSha256, |salt, ikm, info, out| {
        let key = backend::hkdf_extract_sha256(salt, &[ikm]);
        backend::hkdf_expand_sha256(&*key, &[info], out).is_ok()
    });
    println!("HKDF-SHA-256: {run} run");
    assert_eq!(run, 86);
} }

both! { hkdf_sha384, backend => {
    let run = hkdf(HkdfName::HkdfSha384, |salt, ikm, info, out| {
        // We do not offer the extraction with this hash; the vectors need it.
        let mut extract = hmac::Hmac::<sha2::Sha384>::new_from_slice(salt).unwrap();
        extract.update(ikm);
        backend::hkdf_expand_sha384(&extract.finalize().into_bytes(), &[info], out).is_ok()
    });
    println!("HKDF-SHA-384: {run} run");
    assert_eq!(run, 83);
} }

/// Runs a set: `derive(salt, keying material, info, output)` says whether it succeeded.
fn hkdf(name: HkdfName, derive: impl Fn(&[u8], &[u8], &[u8], &mut [u8]) -> bool) -> usize {
    let set = wycheproof::hkdf::TestSet::load(name).unwrap();
    let mut run = 0;
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let mut out = vec![0; test.size];
        let derived = derive(&test.salt, &test.ikm, &test.info, &mut out);
        let agrees = derived && out == test.okm.to_vec();
        assert_eq!(agrees, test.result == TestResult::Valid, "test {}", test.tc_id);
        run += 1;
    }
    run
}
