//! Replays the fuzzers' corpora: small inputs that reach far, and every one that once failed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "../../../fuzz/targets.rs"]
mod targets;

use std::path::Path;

fn replay(target: &str, run: impl Fn(&[u8]) -> bool) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 3, "{target} has a corpus");
    let mut accepted = 0;
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        println!("{}", file.display());
        accepted += usize::from(run(&bytes));
        // What a fuzzer would try first.
        for length in 0..bytes.len().min(64) {
            run(&bytes[..length]);
        }
        if let Some(middle) = bytes.len().checked_sub(1).map(|last| last / 2) {
            let mut changed = bytes.clone();
            changed[middle] ^= 0x20;
            run(&changed);
        }
    }
    assert!(accepted > 0, "{target}: some input goes all the way");
}

#[test]
fn prefix() {
    replay("prefix", targets::prefix);
}

#[test]
fn publishing_licence() {
    replay("publishing_licence", targets::publishing_licence);
}

#[test]
fn core_map() {
    replay("core_map", targets::core_map);
}

#[test]
fn policy() {
    replay("policy", targets::policy);
}

#[test]
fn use_licence() {
    replay("use_licence", targets::use_licence);
}

#[test]
fn certificate() {
    replay("certificate", targets::certificate);
}

#[test]
fn seal() {
    replay("seal", targets::seal);
}

#[test]
fn floe() {
    replay("floe", targets::floe);
}

#[test]
fn open() {
    replay("open", targets::open);
}
