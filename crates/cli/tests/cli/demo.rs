//! The demonstration checks itself; here it has to succeed, with the sample and with a document of one's own.

use std::process::{Command, Output};

use crate::stage::PROGRAM;

fn demo(arguments: &[&str], folder: &std::path::Path) -> Output {
    Command::new(PROGRAM)
        .arg("demo")
        .args(arguments)
        .arg("--folder")
        .arg(folder)
        .output()
        .unwrap()
}

#[test]
fn the_story_comes_out_as_it_must() {
    let place = tempfile::tempdir().unwrap();
    let output = demo(&[], &place.path().join("story"));
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{told}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(told.contains("All 9 steps came out as they must"), "{told}");
    assert!(told.contains("clausa serve --data"), "{told}");
}

#[test]
fn a_document_of_ones_own_may_be_anything() {
    let place = tempfile::tempdir().unwrap();
    let document = place.path().join("my numbers.bin");
    let bytes: Vec<u8> = (0..300_000_u32)
        .flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect();
    std::fs::write(&document, &bytes).unwrap();
    let output = demo(&[document.to_str().unwrap()], &place.path().join("story"));
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{told}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(told.contains(&format!("All {} bytes", bytes.len())), "{told}");
    assert_eq!(
        std::fs::read(&document).unwrap(),
        bytes,
        "the document is as it was"
    );
}
