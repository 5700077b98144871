//! The leaves of one file, done by several threads (clause 8.4 makes each independent of the others).
//!
//! A leaf is read, sealed or opened where it stands, hashed and written, all in one buffer of 1 MiB that its thread uses
//! again for the next: the second half of the work finds in the processor's cache what the first has left there.

pub(crate) use open::{Unopened, open};
pub(crate) use seal::{Unsealed, seal};
pub use workers::Workers;
pub(crate) use workers::{Ended, Job};

mod open;
mod seal;
#[cfg(test)]
mod tests;
mod workers;
