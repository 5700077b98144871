//! Writes the test vectors of `testdata/vectors/` and `testdata/key_sets/`, the same bytes every time.
//!
//! `cargo run -p clausa-core --no-default-features --features portable --example vectors -- testdata`
//!
//! Only the portable backend takes all its randomness from the caller; AWS-LC draws some of its own, so with it this
//! program refuses to run. Each vector has its own seed, its name, so that adding one leaves the others as they are.
//!
//! Files are put together here from the specification, not by the crate, so that each byte can be wrong in its own way;
//! the room `writer` alone uses the crate's own writer.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    reason = "a generator that fails is a failed test"
)]

mod assemble;
mod check;
mod cose;
mod floe;
mod item;
mod key_sets;
mod recipe;
mod rooms;
mod rsa_keys;
mod seeded;
mod vector;
mod world;

#[path = "../../tests/support/key_sets.rs"]
mod judge;
#[path = "../../tests/support/readers.rs"]
mod readers;

use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    if cfg!(feature = "aws-lc") {
        return Err("run it with --no-default-features --features portable".into());
    }
    let folder = std::env::args_os()
        .nth(1)
        .ok_or("name the folder in which `vectors` and `key_sets` are")?;
    let key_sets = Path::new(&folder).join("key_sets");
    let folder = &Path::new(&folder).join("vectors");
    let (vectors, failures): (Vec<_>, Vec<_>) = rooms::all().into_iter().unzip();
    let mut failures = failures.concat();
    let base = vectors.iter().find(|vector| vector.name == rooms::LARGE);
    for vector in &vectors {
        let path = folder.join(&vector.name);
        std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
        let shares = rooms::shares_with_large(&vector.name);
        std::fs::write(path, vector.to_bytes(base.filter(|_| shares)))?;
    }
    std::fs::create_dir_all(&key_sets)?;
    let (made, wrong) = key_sets::all();
    failures.extend(wrong);
    for (name, bytes) in made {
        std::fs::write(key_sets.join(name), bytes)?;
    }
    if !failures.is_empty() {
        return Err(format!("{} are not as they say: {failures:#?}", failures.len()).into());
    }
    Ok(())
}
