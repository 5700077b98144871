//! Writing protected files (clause 8).
//!
//! [`protect()`] does it in memory. [`ProtectWriter`] is a [`Write`](std::io::Write): bytes go in, the protected file comes
//! out in one pass, and [`ProtectWriter::finish`] puts the seal on, without which nobody can read the file.
//! [`FileSealer`] is underneath both, for callers who read, seal and write leaves on several threads.

mod error;
mod memory;
mod sealer;
mod writer;

pub use error::ProtectError;
pub use memory::{protect, protect_into};
pub use sealer::{FileSealer, SealedEnd, Summary};
pub use writer::{Finished, ProtectWriter};
