//! What each fuzz target does with its input. `crates/core/tests/corpus.rs` includes this file too and replays the
//! corpora, so an input that once failed is tested for good.
//!
//! The rule for all: no panic, and what is accepted is its own encoding. Each says whether it accepted its input. The
//! fuzzer's programs measure memory besides (`targets/bounded.rs`).

#[path = "targets/body.rs"]
mod body;
#[path = "targets/keys.rs"]
mod keys;
#[path = "targets/resigned.rs"]
mod resigned;
#[path = "targets/scenario.rs"]
mod scenario;
#[path = "targets/structures.rs"]
mod structures;

pub use body::{floe, open};
pub use resigned::{core_map, seal, use_licence};
pub use structures::{certificate, policy, prefix, publishing_licence};

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
