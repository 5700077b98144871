//! Properties of whole files: whatever the size, however the bytes are written and read, by either backend, what went in
//! comes out (SEC-21, SEC-24; clauses 8.1 to 8.6).
//!
//! The seed is fixed, so every run has the same cases. `CLAUSA_CASES=2000 cargo test --release -p clausa-core --test
//! properties` runs more of them.
//!
//! Files cross between builds with different backends through a folder: each run opens what it finds there and adds its
//! own, so the third of these commands has seen both directions.
//!
//! ```text
//! export CLAUSA_EXCHANGE=$(mktemp -d)
//! cargo test -p clausa-core --test properties -- exchange
//! cargo test -p clausa-core --no-default-features --features portable --test properties -- exchange
//! cargo test -p clausa-core --test properties -- exchange
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "format/cose.rs"]
#[allow(dead_code)]
mod cose;
#[path = "format/forgeries/keyholder.rs"]
#[allow(dead_code)]
mod keyholder;
#[path = "format/world.rs"]
#[allow(dead_code)]
mod world;

#[path = "properties/backends.rs"]
mod backends;
#[path = "properties/exchange.rs"]
mod exchange;
#[path = "properties/pieces.rs"]
mod pieces;
#[path = "properties/round_trips.rs"]
mod round_trips;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// The same cases each time, and so many of them unless more are asked for.
fn config(cases: u32) -> ProptestConfig {
    let asked = std::env::var("CLAUSA_CASES")
        .ok()
        .and_then(|count| count.parse().ok());
    ProptestConfig {
        cases: asked.unwrap_or(cases),
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x0c1a_05a0),
        ..ProptestConfig::default()
    }
}

const SEGMENT: usize = 65_504;
const LEAF: usize = 16 * SEGMENT;

/// Lengths of contents: small ones, any, and those at which a segment or a leaf ends, give or take what the inner header
/// may be long.
fn length() -> impl Strategy<Value = usize> {
    let border = (1_usize..40, 0_usize..120)
        .prop_map(|(segments, back)| (segments * SEGMENT + 5).saturating_sub(back));
    let leaf = (1_usize..3, 0_usize..120).prop_map(|(leaves, back)| (leaves * LEAF + 5).saturating_sub(back));
    prop_oneof![0_usize..200, 0..3 * SEGMENT, 0..2 * LEAF + 100_000, border, leaf]
}
