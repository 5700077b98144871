//! Opening: read, hold against the seal, decrypt in place, write.

use std::io::{self, IoSlice, IoSliceMut};

use clausa_core::hazmat::body::{LEAF_PLAINTEXT_LENGTH, LeafOpener, plaintext_slots};
use clausa_core::open::{OpenError as CoreError, VerifiedBody};
use zeroize::Zeroizing;

use super::{Ended, Job, Workers};
use crate::file::{ReadAt, WriteAt, read_full_at, write_all_at};
use crate::progress::ProgressCallback;

/// Why content was not written out.
#[derive(Debug)]
pub(crate) enum Unopened {
    Core(CoreError),
    Write(io::Error),
}

/// Writes the content of the sealed body in `source` to `target`, each leaf after it was held against the seal. Only
/// when this succeeds may anybody use what was written.
pub(crate) fn open(
    body: &VerifiedBody,
    source: &impl ReadAt,
    target: &impl WriteAt,
    workers: Workers,
    progress: &ProgressCallback,
) -> Result<(), Ended<Unopened>> {
    let largest = body.leaf_place(0);
    let hire = || Worker {
        opener: body.leaf_opener(),
        leaf: Zeroizing::new(vec![0; (largest.end - largest.start) as usize]),
        list: Vec::new(),
    };
    let work = |worker: &mut Worker, index| {
        let leaf = worker.open(body, source, index).map_err(Unopened::Core)?;
        release(leaf, index, body.inner_length(), target).map_err(Unopened::Write)
    };
    let job = Job {
        leaves: body.leaves(),
        content: body.plaintext_len(),
        workers,
        progress,
    };
    job.run(hire, work, || target.flush().map_err(Unopened::Write))
}

/// One thread's part.
struct Worker {
    opener: LeafOpener,
    leaf: Zeroizing<Vec<u8>>,
    /// A piece of the leaf list, for files beyond 64 GiB.
    list: Vec<[u8; 32]>,
}

impl Worker {
    fn open(&mut self, body: &VerifiedBody, source: &impl ReadAt, index: u64) -> Result<&[u8], CoreError> {
        let place = body.leaf_place(index);
        let length = (place.end - place.start) as usize;
        let leaf = self.leaf.get_mut(..length).ok_or(CoreError::Internal)?;
        read_exact_at(source, leaf, place.start)?;
        self.list.clear();
        if let Some(place) = body.leaf_list_place(index) {
            self.list
                .resize(((place.end - place.start) / 32) as usize, [0; 32]);
            read_exact_at(source, self.list.as_flattened_mut(), place.start)?;
        }
        body.open_leaf(&mut self.opener, index, leaf, &self.list)?;
        Ok(leaf)
    }
}

/// Reads what was there when the seal was checked: if it is not any more, the file was cut meanwhile.
fn read_exact_at(source: &impl ReadAt, buffer: &mut [u8], offset: u64) -> Result<(), CoreError> {
    let wanted = buffer.len();
    if read_full_at(source, &mut [IoSliceMut::new(buffer)], offset)? < wanted {
        Err(CoreError::Unsealed)
    } else {
        Ok(())
    }
}

/// Writes the content out of the slots of an opened leaf and says how much it was.
fn release(leaf: &[u8], index: u64, inner_length: u64, target: &impl WriteAt) -> io::Result<u64> {
    let place = (index * LEAF_PLAINTEXT_LENGTH as u64).saturating_sub(inner_length);
    let mut slots: Vec<_> = plaintext_slots(leaf.len())
        .map(|slot| IoSlice::new(leaf.get(slot).unwrap_or_default()))
        .collect();
    let mut slots = slots.as_mut_slice();
    if index == 0 {
        // The inner header is shorter than a slot, so it lies in the first one.
        IoSlice::advance_slices(&mut slots, inner_length as usize);
    }
    let released: usize = slots.iter().map(|slot| slot.len()).sum();
    write_all_at(target, slots, place)?;
    Ok(released as u64)
}
