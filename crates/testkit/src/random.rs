//! Randomness that repeats.

use clausa_core::random::{Randomness, RandomnessFailed};
use rand::rngs::ChaCha20Rng;
use rand::{Rng, SeedableRng};

/// A generator that gives the same bytes for the same seed, on every platform and in every release: ChaCha20 has a
/// specification, where "the standard generator" of a library may change.
///
/// For tests and vectors only: whoever knows the seed knows every key drawn from it.
#[derive(Debug)]
pub struct SeededRandom {
    generator: ChaCha20Rng,
}

impl SeededRandom {
    /// A generator of `seed`.
    pub fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        Self {
            generator: ChaCha20Rng::from_seed(bytes),
        }
    }

    /// The next number below `bound`; 0 when `bound` is 0. Slightly uneven, which no test here minds.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.generator.next_u64().checked_rem(bound).unwrap_or_default()
    }

    /// The next `length` bytes.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.generator.fill_bytes(&mut bytes);
        bytes
    }
}

impl Randomness for SeededRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomnessFailed> {
        self.generator.fill_bytes(out);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_bytes_for_ever() {
        assert_eq!(SeededRandom::new(7).bytes(40), SeededRandom::new(7).bytes(40));
        assert_ne!(SeededRandom::new(7).bytes(40), SeededRandom::new(8).bytes(40));
        // Pinned: vectors are rebuilt from seeds, so a change here would change every one of them.
        let pinned: [u8; 8] = SeededRandom::new(1).bytes(8).try_into().unwrap();
        assert_eq!(pinned, [78, 165, 176, 80, 89, 20, 194, 108]);
    }

    #[test]
    fn bounds_are_kept() {
        let mut random = SeededRandom::new(3);
        assert!((0..100).all(|_| random.below(10) < 10));
        assert_eq!(random.below(0), 0);
    }
}
