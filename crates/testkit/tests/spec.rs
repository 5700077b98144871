//! The specification of the format, as far as a program can check it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "spec/citations.rs"]
mod citations;
#[path = "spec/dump.rs"]
mod dump;
#[path = "spec/example.rs"]
mod example;
#[path = "spec/shapes.rs"]
mod shapes;
#[path = "spec/tables.rs"]
mod tables;

use std::path::{Path, PathBuf};

/// Something in the repository.
fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn specification() -> String {
    std::fs::read_to_string(at("docs/spec/format.md")).unwrap()
}
