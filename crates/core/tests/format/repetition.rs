//! What must never come twice: keys, identifiers, IVs, ciphertext. `CLAUSA_CASES` asks for more: docs/quality.md has the
//! figures of the long runs.

use std::collections::HashSet;

use clausa_core::keys::Suite;
use clausa_core::publishing::publish;
use clausa_core::random::SystemRandom;

use crate::cose::payload;
use crate::forgeries::keyholder::{self, key_block};
use crate::world::{SUITES, WORLD, sample};

fn cases(usual: usize) -> usize {
    std::env::var("CLAUSA_CASES")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(usual)
}

/// SEC-31, clauses 1.5 and 4.2.1: content keys, policy keys, content ids and digests of so many licences are all different.
#[test]
fn no_licence_repeats_a_key_or_an_identifier() {
    let policy = WORLD.policy();
    let keys = [WORLD.wrapping_key(Suite::P256)];
    let (mut secrets, mut names) = (HashSet::new(), HashSet::new());
    let cases = cases(10_000);
    for _ in 0..cases {
        let request = WORLD.request(&policy, &keys);
        let published = publish(request, &WORLD.janet.signer, &mut SystemRandom).unwrap();
        let licence = published.licence();
        let block = key_block(licence);
        // Half of each key says enough, and leaves room for a million of them.
        for key in [&block[1..17], &block[33..49]] {
            assert!(
                secrets.insert(<[u8; 16]>::try_from(key).unwrap()),
                "a key came twice"
            );
        }
        assert!(
            names.insert(*licence.content_id().as_bytes()),
            "a content id came twice"
        );
        assert!(
            names.insert(licence.digest().as_bytes()[..16].try_into().unwrap()),
            "a digest came twice"
        );
    }
    assert_eq!((secrets.len(), names.len()), (2 * cases, 2 * cases));
}

/// Clause 9.4.1: licences for one file and one device are each sealed with an encapsulation of their own.
#[test]
fn no_use_licence_repeats_an_encapsulation() {
    let file = WORLD.protect(Suite::P256, b"text");
    let header = WORLD.header(&file).unwrap();
    let draft = WORLD.draft(&header, &WORLD.dover);
    let mut seen = HashSet::new();
    for _ in 0..cases(100) {
        let licence = payload(&WORLD.issue(&draft, &header, &WORLD.dover));
        let (sealed, _) = keyholder::sealed_key(&licence);
        assert_eq!((sealed.len(), sealed[0]), (65 + 32 + 16, 4));
        assert!(seen.insert(sealed[..65].to_vec()), "an encapsulation came twice");
    }
}

/// SEC-36: among the aligned 16-byte blocks of a body none occurs twice; that covers ciphertext, tags, and length fields
/// with the nonces behind them.
fn assert_no_block_repeats(file: &[u8], body: usize) {
    let (blocks, _) = file[body + 74..].as_chunks::<16>();
    let distinct: HashSet<_> = blocks.iter().collect();
    assert_eq!(distinct.len(), blocks.len());
}

/// Two equal blocks of 1 MiB: all zeros, and without pattern.
#[test]
fn equal_mebibytes_give_no_equal_ciphertext() {
    let zeros = vec![0; 2 << 20];
    let doubled = sample(1 << 20).repeat(2);
    for case in 0..cases(4) {
        let file = WORLD.protect(Suite::P256, [&zeros, &doubled][case % 2]);
        assert_no_block_repeats(&file, WORLD.header(&file).unwrap().length());
    }
}

/// The same with small files of each suite, and with revisions of one licence, which share its key (SEC-32).
#[test]
fn equal_small_texts_give_no_equal_ciphertext() {
    let content = [7; 4_096];
    let mut seen = HashSet::new();
    for suite in SUITES {
        for _ in 0..cases(50).min(10_000) {
            let file = WORLD.protect(*suite, &content);
            let body = WORLD.header(&file).unwrap().length();
            assert_no_block_repeats(&file, body);
            assert!(
                seen.insert(file[body + 10..body + 42].to_vec()),
                "an IV came twice"
            );
            assert!(
                seen.insert(file[body + 90..body + 122].to_vec()),
                "ciphertext came twice"
            );
        }
    }
    let file = WORLD.protect(Suite::P256, &content);
    let header = WORLD.header(&file).unwrap();
    let content_key = keyholder::content_key_of_a_reader(&header);
    for _ in 0..cases(50).min(10_000) {
        let changed = crate::forgeries::revised(&header, &content);
        assert_eq!(changed[..header.length()], file[..header.length()]);
        // The same key as before, and another message under it.
        keyholder::Message::of(&changed, &header, &content_key);
        let body = header.length();
        assert!(
            seen.insert(changed[body + 10..body + 42].to_vec()),
            "an IV came twice"
        );
        assert!(
            seen.insert(changed[body + 90..body + 122].to_vec()),
            "ciphertext came twice"
        );
    }
}
