//! Sealing: read into the places of the ciphertext layout, encrypt there, hash,
//! write.

use std::io::{self, IoSlice, IoSliceMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use clausa_core::hazmat::body::{
    LEAF_LENGTH, LEAF_PLAINTEXT_LENGTH, LeafSealer, leaf_length, plaintext_slots,
};
use clausa_core::hazmat::floe::{MAX_SEGMENTS, SEGMENT_LENGTH, SEGMENT_PLAINTEXT_LENGTH};
use clausa_core::protect::{FileSealer, ProtectError as CoreError};
use clausa_core::random::SystemRandom;
use zeroize::Zeroizing;

use super::{Ended, Job, Workers};
use crate::file::{ReadAt, WriteAt, read_full_at, write_all_at};
use crate::progress::ProgressCallback;

/// Why a file was not sealed.
#[derive(Debug)]
pub(crate) enum Unsealed {
    /// The source has not as many bytes as it had.
    Changed,
    Read(io::Error),
    Write(io::Error),
    Core(CoreError),
}

/// A head and a body, complete but for the seal.
pub(crate) struct SealedBody {
    pub(crate) sealer: FileSealer,
    /// Bytes of the plaintext stream.
    pub(crate) plaintext_length: u64,
    /// Where the seal goes.
    pub(crate) end: u64,
}

/// Writes head and body of a file that holds the first `length` bytes of `source`, which must be all.
pub(crate) fn seal(
    sealer: FileSealer,
    source: &impl ReadAt,
    length: u64,
    target: &impl WriteAt,
    workers: Workers,
    progress: &ProgressCallback,
) -> Result<SealedBody, Ended<Unsealed>> {
    let failed = Ended::Failed;
    let head = sealer.head();
    let head_length = head.len() as u64;
    write_all_at(target, &mut [IoSlice::new(head)], 0).map_err(|error| failed(Unsealed::Write(error)))?;
    let inner_header = Zeroizing::new(sealer.inner_header().to_vec());
    let layout = Layout::new(inner_header.len() as u64, length, head_length)
        .ok_or(failed(Unsealed::Core(CoreError::TooLong)))?;
    let sealer = Mutex::new(sealer);
    let hire = || Worker {
        sealer: lock(&sealer).leaf_sealer(),
        leaf: Zeroizing::new(vec![0; layout.largest_leaf()]),
    };
    let work = |worker: &mut Worker, index| {
        let plaintext = layout.plaintext(index);
        let leaf = worker
            .leaf
            .get_mut(..leaf_length((plaintext.end - plaintext.start) as usize))
            .ok_or(Unsealed::Core(CoreError::Internal))?;
        fill(leaf, plaintext.start, &inner_header, source)?;
        let is_last = index + 1 == layout.leaves;
        let digest = worker
            .sealer
            .seal_in_place(index, is_last, leaf, &mut SystemRandom)
            .map_err(|error| Unsealed::Core(error.into()))?;
        write_all_at(target, &mut [IoSlice::new(leaf)], layout.leaf_start(index)).map_err(Unsealed::Write)?;
        lock(&sealer).add_leaf(index, digest).map_err(Unsealed::Core)?;
        Ok(plaintext.end - plaintext.start.max(layout.inner))
    };
    let job = Job {
        leaves: layout.leaves,
        content: length,
        workers,
        progress,
    };
    job.run(hire, work, || target.flush().map_err(Unsealed::Write))?;
    match read_full_at(source, &mut [IoSliceMut::new(&mut [0])], length) {
        Ok(0) => {}
        Ok(_) => return Err(failed(Unsealed::Changed)),
        Err(error) => return Err(failed(Unsealed::Read(error))),
    }
    Ok(SealedBody {
        sealer: sealer.into_inner().unwrap_or_else(PoisonError::into_inner),
        plaintext_length: layout.stream,
        end: layout.end(),
    })
}

/// One thread's part.
struct Worker {
    sealer: LeafSealer,
    leaf: Zeroizing<Vec<u8>>,
}

/// Puts the plaintext stream from `position` on into the slots of a leaf.
fn fill(leaf: &mut [u8], position: u64, inner_header: &[u8], source: &impl ReadAt) -> Result<(), Unsealed> {
    let mut slots: Vec<_> = leaf
        .chunks_mut(SEGMENT_LENGTH)
        .filter_map(|segment| {
            let slot = plaintext_slots(segment.len()).next()?;
            segment.get_mut(slot)
        })
        .map(IoSliceMut::new)
        .collect();
    // The inner header is shorter than a slot, so it lies in the first one of leaf 0.
    let header = inner_header.get(position as usize..).unwrap_or_default();
    let mut slots = slots.as_mut_slice();
    if let Some(start) = slots.first_mut().and_then(|first| first.get_mut(..header.len())) {
        start.copy_from_slice(header);
        IoSliceMut::advance_slices(&mut slots, header.len());
    }
    let wanted: usize = slots.iter().map(|slot| slot.len()).sum();
    let place = (position + header.len() as u64).saturating_sub(inner_header.len() as u64);
    match read_full_at(source, slots, place) {
        Ok(read) if read == wanted => Ok(()),
        Ok(_) => Err(Unsealed::Changed),
        Err(error) => Err(Unsealed::Read(error)),
    }
}

/// Where everything lies, from the lengths alone.
struct Layout {
    /// Bytes of the inner header.
    inner: u64,
    /// Bytes of the plaintext stream.
    stream: u64,
    leaves: u64,
    /// Bytes before the first leaf.
    head: u64,
}

impl Layout {
    fn new(inner: u64, content: u64, head: u64) -> Option<Self> {
        let stream = inner.checked_add(content)?;
        // So that the longest file is refused now, and no place overflows.
        if stream.div_ceil(SEGMENT_PLAINTEXT_LENGTH as u64) > MAX_SEGMENTS {
            return None;
        }
        let leaves = stream.div_ceil(LEAF_PLAINTEXT_LENGTH as u64);
        Some(Self {
            inner,
            stream,
            leaves,
            head,
        })
    }

    /// Which part of the plaintext stream is in the leaf.
    fn plaintext(&self, index: u64) -> std::ops::Range<u64> {
        let start = index * LEAF_PLAINTEXT_LENGTH as u64;
        start..self.stream.min(start + LEAF_PLAINTEXT_LENGTH as u64)
    }

    fn leaf_start(&self, index: u64) -> u64 {
        self.head + index * LEAF_LENGTH as u64
    }

    fn largest_leaf(&self) -> usize {
        leaf_length(self.stream.min(LEAF_PLAINTEXT_LENGTH as u64) as usize)
    }

    fn end(&self) -> u64 {
        let last = self.leaves.saturating_sub(1);
        let plaintext = self.plaintext(last);
        self.leaf_start(last) + leaf_length((plaintext.end - plaintext.start) as usize) as u64
    }
}

fn lock(sealer: &Mutex<FileSealer>) -> MutexGuard<'_, FileSealer> {
    sealer.lock().unwrap_or_else(PoisonError::into_inner)
}
