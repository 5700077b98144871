//! Choices, the same for the same seed and index, for ever.

use clausa_core::hazmat::backends::sha256;
use clausa_core::random::{Randomness, RandomnessFailed};

/// SplitMix64 from a digest of what it is for.
pub struct Draw(u64);

impl Draw {
    pub fn new(purpose: &str, seed: u64, index: u64) -> Self {
        let [a, b, c, d, e, f, g, h, ..] =
            sha256(&[purpose.as_bytes(), &seed.to_be_bytes(), &index.to_be_bytes()]);
        Self(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }

    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to `end`, which is left out and not 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.word() % end
    }

    pub fn index(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    /// True in so many of a hundred cases.
    pub fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }

    pub fn of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.index(choices.len())]
    }

    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        for chunk in bytes.chunks_mut(8) {
            let word = self.word().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        bytes
    }
}

impl Randomness for Draw {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomnessFailed> {
        out.copy_from_slice(&self.bytes(out.len()));
        Ok(())
    }
}
