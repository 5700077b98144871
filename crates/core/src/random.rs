//! Where random bytes come from: a parameter everywhere, so that tests and vectors can supply their own.

use rand::TryRng;
use rand::rngs::SysRng;

/// A source of bytes that nobody can predict.
///
/// Every function that needs randomness takes `&mut dyn Randomness`. Production code passes [`SystemRandom`];
/// anything else is for tests and vectors.
pub trait Randomness: Send {
    /// Fills `out` completely.
    ///
    /// # Errors
    ///
    /// [`RandomnessFailed`] when the source cannot deliver. The caller then gives up the whole operation: there is
    /// no second source to fall back on (SEC-29).
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomnessFailed>;
}

/// The operating system's generator. It keeps no state in this process, so it is safe across a fork.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Randomness for SystemRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomnessFailed> {
        SysRng.try_fill_bytes(out).map_err(|_| RandomnessFailed)
    }
}

/// The source of randomness could not deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the source of randomness failed")]
pub struct RandomnessFailed;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_system_generator_fills_everything_and_never_repeats() {
        let (mut first, mut second) = ([0_u8; 64], [0_u8; 64]);
        SystemRandom.fill(&mut first).unwrap();
        SystemRandom.fill(&mut second).unwrap();
        assert_ne!(first, second);
        assert!(first.chunks(16).all(|chunk| chunk != [0; 16]));
    }
}
