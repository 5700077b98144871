//! Streaming: plaintext in, protected file out, one pass, one leaf of memory.

use std::io::{self, Write};

use zeroize::Zeroizing;

use super::{FileSealer, ProtectError, Summary};
use crate::body::{LEAF_LENGTH, LEAF_PLAINTEXT_LENGTH, LeafSealer, leaf_length};
use crate::floe::{SEGMENT_LENGTH, SEGMENT_PAYLOAD_OFFSET, SEGMENT_PLAINTEXT_LENGTH};
use crate::inner::InnerHeader;
use crate::keys::Signer;
use crate::publishing::Published;
use crate::random::Randomness;
use crate::time::Timestamp;

/// Protects what is written into it.
///
/// [`finish`](Self::finish) is mandatory: without the seal nobody can read the file. Memory stays at about 1 MiB and 32
/// bytes for each MiB written, which are the leaf list at the end of the file. Large writes are best, small ones work.
#[must_use = "a protected file is complete only after `finish`"]
pub struct ProtectWriter<'a, W> {
    out: W,
    rng: &'a mut dyn Randomness,
    sealer: FileSealer,
    leaf_sealer: LeafSealer,
    /// The current leaf, its plaintext in the slots.
    leaf: Zeroizing<Vec<u8>>,
    /// Plaintext bytes in the current leaf.
    filled: usize,
    /// Leaves before the current one.
    index: u64,
    failed: bool,
}

/// A completed file.
#[derive(Debug)]
pub struct Finished<W> {
    /// The output, flushed.
    pub out: W,
    /// What was sealed.
    pub summary: Summary,
}

impl<'a, W: Write> ProtectWriter<'a, W> {
    /// Begins a file under a new licence, and writes its head.
    ///
    /// # Errors
    ///
    /// [`ProtectError`].
    pub fn new(
        published: Published,
        inner: &InnerHeader,
        out: W,
        rng: &'a mut dyn Randomness,
    ) -> Result<Self, ProtectError> {
        let sealer = FileSealer::new(published, inner, rng)?;
        Self::with_sealer(sealer, out, rng)
    }

    /// Begins a file with a sealer that was made before, such as one from [`FileSealer::revise`], and writes its head.
    ///
    /// # Errors
    ///
    /// [`ProtectError`].
    pub fn with_sealer(
        sealer: FileSealer,
        mut out: W,
        rng: &'a mut dyn Randomness,
    ) -> Result<Self, ProtectError> {
        out.write_all(sealer.head())?;
        let inner_header = Zeroizing::new(sealer.inner_header().to_vec());
        let leaf_sealer = sealer.leaf_sealer();
        let leaf = Zeroizing::new(vec![0; LEAF_LENGTH]);
        let mut writer = Self {
            out,
            rng,
            sealer,
            leaf_sealer,
            leaf,
            filled: 0,
            index: 0,
            failed: false,
        };
        writer.write_all(&inner_header)?;
        Ok(writer)
    }

    /// Seals the last leaf, signs, and writes the end of the file. The publisher's key signs, or the one of the edit
    /// grant.
    ///
    /// # Errors
    ///
    /// [`ProtectError`]; the file is then worthless.
    pub fn finish(mut self, signer: &dyn Signer, sealed_at: Timestamp) -> Result<Finished<W>, ProtectError> {
        if self.failed {
            return Err(ProtectError::Failed);
        }
        let plaintext_length = self.index * LEAF_PLAINTEXT_LENGTH as u64 + self.filled as u64;
        self.seal_leaf(true)?;
        let Self { mut out, sealer, .. } = self;
        let end = sealer.finish(plaintext_length, signer, sealed_at)?;
        out.write_all(&end.seal)?;
        out.write_all(end.leaf_list.as_flattened())?;
        out.write_all(&end.tail)?;
        out.flush()?;
        Ok(Finished {
            out,
            summary: end.summary,
        })
    }

    fn seal_leaf(&mut self, is_last: bool) -> Result<(), ProtectError> {
        // Stays set unless everything below succeeds: a half-written leaf cannot be written again.
        self.failed = true;
        let length = leaf_length(self.filled);
        let leaf = self.leaf.get_mut(..length).ok_or(ProtectError::Internal)?;
        let digest = self
            .leaf_sealer
            .seal_in_place(self.index, is_last, leaf, self.rng)?;
        self.out.write_all(leaf)?;
        self.sealer.add_leaf(self.index, digest)?;
        self.index += 1;
        self.filled = 0;
        self.failed = false;
        Ok(())
    }

    /// The free rest of the slot that is being filled.
    fn free_slot(&mut self) -> &mut [u8] {
        let (segment, offset) = (
            self.filled / SEGMENT_PLAINTEXT_LENGTH,
            self.filled % SEGMENT_PLAINTEXT_LENGTH,
        );
        let start = segment * SEGMENT_LENGTH + SEGMENT_PAYLOAD_OFFSET;
        self.leaf
            .get_mut(start + offset..start + SEGMENT_PLAINTEXT_LENGTH)
            .unwrap_or_default()
    }
}

impl<W: Write> Write for ProtectWriter<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.failed {
            return Err(ProtectError::Failed.into());
        }
        if bytes.is_empty() {
            return Ok(0);
        }
        // A full leaf waits until it is known that another byte follows: the last one is sealed as the last.
        if self.filled == LEAF_PLAINTEXT_LENGTH {
            self.seal_leaf(false)?;
        }
        let slot = self.free_slot();
        let taken = slot.len().min(bytes.len());
        let (now, _) = bytes.split_at(taken);
        let (free, _) = slot.split_at_mut(taken);
        free.copy_from_slice(now);
        self.filled += taken;
        Ok(taken)
    }

    /// Flushes the output; the current leaf stays, because a leaf is sealed once.
    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<W> std::fmt::Debug for ProtectWriter<'_, W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProtectWriter")
            .field("leaves", &self.index)
            .finish_non_exhaustive()
    }
}
