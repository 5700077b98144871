//! Inputs and outputs that come and go in pieces.

use std::io::{Error, ErrorKind, Read, Write};

/// Draws sizes: mostly small, sometimes nothing, sometimes more than a leaf.
pub struct Sizes(u64);

impl Sizes {
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let most = [1, 20, 5_000, 66_000, 400_000, 2_500_000][(self.0 >> 40) as usize % 6];
        (self.0 >> 8) as usize % (most + 1)
    }
}

/// Writes everything in pieces of these sizes, flushing now and then.
pub fn write_in_pieces(out: &mut impl Write, mut bytes: &[u8], sizes: &mut Sizes) {
    while !bytes.is_empty() {
        let size = sizes.next().min(bytes.len());
        out.write_all(&bytes[..size]).unwrap();
        bytes = &bytes[size..];
        if size.is_multiple_of(5) {
            out.flush().unwrap();
        }
    }
}

/// Reads everything in pieces of these sizes.
pub fn read_in_pieces(input: &mut impl Read, sizes: &mut Sizes) -> std::io::Result<Vec<u8>> {
    let mut all = Vec::new();
    loop {
        let mut piece = vec![0; sizes.next() + 1];
        match input.read(&mut piece)? {
            0 => return Ok(all),
            read => all.extend_from_slice(&piece[..read]),
        }
    }
}

/// An input that gives less than what is asked for, and is interrupted now and then.
pub struct Dribble<'a> {
    rest: &'a [u8],
    sizes: Sizes,
    interrupted: bool,
}

impl<'a> Dribble<'a> {
    pub fn new(rest: &'a [u8], sizes: Sizes) -> Self {
        Self {
            rest,
            sizes,
            interrupted: false,
        }
    }
}

impl Read for Dribble<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let size = self.sizes.next();
        self.interrupted = !self.interrupted && size.is_multiple_of(7);
        if self.interrupted {
            return Err(Error::from(ErrorKind::Interrupted));
        }
        let size = size.max(1).min(self.rest.len()).min(out.len());
        out[..size].copy_from_slice(&self.rest[..size]);
        self.rest = &self.rest[size..];
        Ok(size)
    }
}
