//! Damage, exhaustively: what comes of small files of each suite when any one thing about them is changed.
//!
//! Every case goes through all three readers (memory, pipe, random places). None of them may accept it, none may panic,
//! and whatever a reader lets out before it refuses must be the true text at that place: a prefix from the pipe, the
//! very bytes from the seekable one.
//!
//! `cargo test -p clausa-core --test exhaustive -- --nocapture` prints how many cases of each kind there were.
//! `CLAUSA_EXHAUSTIVE=1 cargo test -p clausa-core --test exhaustive -- --nocapture` takes every bit of more files, and
//! more bits of large ones; docs/quality.md has its figures.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "format/world.rs"]
#[allow(dead_code)]
mod world;

#[path = "exhaustive/bits.rs"]
mod bits;
#[path = "exhaustive/edges.rs"]
mod edges;
#[path = "exhaustive/moves.rs"]
mod moves;
#[path = "exhaustive/splices.rs"]
mod splices;
#[path = "exhaustive/subject.rs"]
mod subject;
#[path = "exhaustive/tally.rs"]
mod tally;

/// Whether the long form was asked for.
fn is_full() -> bool {
    std::env::var_os("CLAUSA_EXHAUSTIVE").is_some()
}
