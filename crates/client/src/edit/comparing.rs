//! Two texts compared while one of them is read.

use std::io::{self, Read};

use zeroize::Zeroizing;

/// Passes `new` on and compares it with `old` on the way.
pub(super) struct Comparing<'a, N, O> {
    new: &'a mut N,
    old: &'a mut O,
    is_same: bool,
    buffer: Zeroizing<Vec<u8>>,
}

impl<'a, N: Read, O: Read> Comparing<'a, N, O> {
    /// Both stand at their beginning.
    pub(super) fn new(new: &'a mut N, old: &'a mut O) -> Self {
        Self {
            new,
            old,
            is_same: true,
            buffer: Zeroizing::new(Vec::new()),
        }
    }

    /// Reads on until the two differ or end. True when they are the same.
    pub(super) fn run(mut self) -> io::Result<bool> {
        let mut buffer = Zeroizing::new(vec![0; 64 << 10]);
        while self.is_same && self.read(&mut buffer)? > 0 {}
        Ok(self.is_same)
    }

    /// Whether all that was read was the same and the old text ends here too.
    pub(super) fn is_same(&mut self) -> bool {
        self.is_same && self.old_ends()
    }

    fn old_ends(&mut self) -> bool {
        loop {
            match self.old.read(&mut [0]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => return matches!(read, Ok(0)),
            }
        }
    }
}

impl<N: Read, O: Read> Read for Comparing<'_, N, O> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.new.read(out)?;
        let fresh = out.get(..read).unwrap_or_default();
        if self.is_same && read == 0 && !out.is_empty() {
            self.is_same = self.old_ends();
        } else if self.is_same {
            self.buffer.resize(read, 0);
            // An old text that cannot be read is another one: it is about to be replaced.
            self.is_same = self.old.read_exact(&mut self.buffer).is_ok() && self.buffer.as_slice() == fresh;
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::Comparing;
    use std::io::Read as _;

    #[test]
    fn only_equal_texts_are_the_same() {
        for (new, old, same) in [
            (&b"abc"[..], &b"abc"[..], true),
            (b"", b"", true),
            (b"abc", b"abd", false),
            (b"abc", b"ab", false),
            (b"ab", b"abc", false),
            (b"", b"a", false),
            (b"a", b"", false),
        ] {
            let (mut from_new, mut from_old) = (new, old);
            assert_eq!(
                Comparing::new(&mut from_new, &mut from_old).run().unwrap(),
                same,
                "{new:?} {old:?}"
            );
            let (mut from_new, mut from_old) = (new, old);
            let mut comparing = Comparing::new(&mut from_new, &mut from_old);
            let mut passed = Vec::new();
            comparing.read_to_end(&mut passed).unwrap();
            assert_eq!((passed.as_slice(), comparing.is_same()), (new, same));
        }
    }
}
