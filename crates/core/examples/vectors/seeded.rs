//! Randomness from a name: SHA-256 over the name and a counter.

use clausa_core::hazmat::backends::sha256;
use clausa_core::random::{Randomness, RandomnessFailed};

/// The same bytes for the same name, for ever. For vectors only.
pub struct Seeded {
    name: String,
    counter: u64,
    left: Vec<u8>,
}

impl Seeded {
    pub fn new(name: String) -> Self {
        Self {
            name,
            counter: 0,
            left: Vec::new(),
        }
    }
}

impl Randomness for Seeded {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomnessFailed> {
        for byte in out {
            if self.left.is_empty() {
                self.left = sha256(&[
                    b"clausa vectors",
                    self.name.as_bytes(),
                    &self.counter.to_be_bytes(),
                ])
                .to_vec();
                self.counter += 1;
            }
            *byte = self.left.pop().ok_or(RandomnessFailed)?;
        }
        Ok(())
    }
}
