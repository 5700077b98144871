//! The leaves of one file, done by several threads (clause 8.4 makes each independent of the others).
//!
//! A leaf is read, sealed or opened where it stands, hashed and written, all in one buffer of 1 MiB that its thread uses
//! again for the next: the second half of the work finds in the processor's cache what the first has left there.

pub(crate) use open::{Unopened, open};
pub(crate) use seal::{Unsealed, seal};
pub use workers::Workers;
pub(crate) use workers::{Ended, Job};

use std::ops::Range;

mod open;
mod seal;
#[cfg(test)]
mod tests;
mod workers;

/// Leaves between two times at which the disk is told to begin: 8 MiB.
const WRITE_BACK_EVERY: u64 = 8;

/// Which leaves the disk may begin with when leaf number `index` is written: full ones, and old enough that all threads
/// are done with them. Flushing at the end then has little left to wait for.
fn to_write_back(index: u64) -> Option<Range<u64>> {
    let done = (index + 1).is_multiple_of(WRITE_BACK_EVERY).then(|| index + 1)?;
    let end = done.checked_sub(WRITE_BACK_EVERY).filter(|end| *end > 0)?;
    Some(end - WRITE_BACK_EVERY..end)
}
