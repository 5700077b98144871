//! Test instruments for the whole workspace. Never published, and only ever a dev-dependency of `tests/`.
//!
//! - [`SeededRandom`]: randomness that repeats, so that a vector can be rebuilt byte for byte.
//! - [`ManualClock`]: a clock that stands still until a test moves it.

mod clock;
mod random;

pub use clock::ManualClock;
pub use random::SeededRandom;
