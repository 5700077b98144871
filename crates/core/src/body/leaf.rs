//! One leaf, sealed or opened in place.

use std::ops::Range;

use super::{LeafDigest, digest_leaf};
use crate::floe::{
    FloeError, OpenWorker, Opener, Position, SEGMENT_LENGTH, SEGMENT_OVERHEAD, SEGMENT_PAYLOAD_OFFSET,
    SEGMENT_PLAINTEXT_LENGTH, SealWorker, Sealer,
};
use crate::random::Randomness;

/// Segments of a full leaf.
pub const LEAF_SEGMENTS: usize = 16;
/// Bytes of a full leaf.
pub const LEAF_LENGTH: usize = LEAF_SEGMENTS * SEGMENT_LENGTH;
/// Plaintext bytes of a full leaf.
pub const LEAF_PLAINTEXT_LENGTH: usize = LEAF_SEGMENTS * SEGMENT_PLAINTEXT_LENGTH;

/// Bytes of the leaf that holds so much plaintext, which is at most [`LEAF_PLAINTEXT_LENGTH`].
pub const fn leaf_length(plaintext_length: usize) -> usize {
    plaintext_length + SEGMENT_OVERHEAD * plaintext_length.div_ceil(SEGMENT_PLAINTEXT_LENGTH)
}

/// Where in a leaf the plaintext lies, one range for each segment: put it there before sealing, find it there after
/// opening. `length` is the leaf's, as of [`leaf_length`].
pub fn plaintext_slots(length: usize) -> impl Iterator<Item = Range<usize>> {
    (0..length).step_by(SEGMENT_LENGTH).map(move |start| {
        let end = length.min(start + SEGMENT_LENGTH);
        start + SEGMENT_PAYLOAD_OFFSET..(end - (SEGMENT_OVERHEAD - SEGMENT_PAYLOAD_OFFSET))
    })
}

/// Seals leaves; one for each thread.
#[derive(Debug)]
pub struct LeafSealer {
    worker: SealWorker,
}

impl LeafSealer {
    /// A worker for this message.
    pub fn new(sealer: &Sealer) -> Self {
        Self {
            worker: sealer.worker(),
        }
    }

    /// Seals leaf number `index` where it stands and hashes it. The plaintext lies in its [`plaintext_slots`].
    ///
    /// Each number from 0 on must be sealed once, and exactly the highest as the last one; every leaf but the last is
    /// full.
    ///
    /// # Errors
    ///
    /// [`FloeError`]; the leaf must then not be written.
    pub fn seal_in_place(
        &mut self,
        index: u64,
        is_last: bool,
        leaf: &mut [u8],
        rng: &mut dyn Randomness,
    ) -> Result<LeafDigest, FloeError> {
        for_each_segment(index, is_last, leaf, |position, segment| {
            self.worker.seal_segment_in_place(position, segment, rng)
        })?;
        Ok(digest_leaf(index, leaf))
    }
}

/// Opens leaves; one for each thread.
#[derive(Debug)]
pub struct LeafOpener {
    worker: OpenWorker,
}

impl LeafOpener {
    /// A worker for this message.
    pub fn new(opener: &Opener) -> Self {
        Self {
            worker: opener.worker(),
        }
    }

    /// Opens leaf number `index` where it stands; the plaintext then lies in its [`plaintext_slots`]. Whether the
    /// publisher has sealed it is another question: compare [`digest_leaf`] first.
    ///
    /// # Errors
    ///
    /// [`FloeError`]; segments before the bad one are open, the others are not.
    pub fn open_in_place(&mut self, index: u64, is_last: bool, leaf: &mut [u8]) -> Result<(), FloeError> {
        for_each_segment(index, is_last, leaf, |position, segment| {
            self.worker.open_segment_in_place(position, segment).map(drop)
        })
    }
}

fn for_each_segment(
    index: u64,
    is_last: bool,
    leaf: &mut [u8],
    mut each: impl FnMut(Position, &mut [u8]) -> Result<(), FloeError>,
) -> Result<(), FloeError> {
    let length = leaf.len();
    let is_full = length == LEAF_LENGTH;
    if length == 0 || length > LEAF_LENGTH || !(is_full || is_last) {
        return Err(FloeError::SegmentLength { actual: length });
    }
    let first = index
        .checked_mul(LEAF_SEGMENTS as u64)
        .ok_or(FloeError::TooManySegments)?;
    let segments = length.div_ceil(SEGMENT_LENGTH);
    for (number, segment) in leaf.chunks_mut(SEGMENT_LENGTH).enumerate() {
        let is_last = is_last && number + 1 == segments;
        each(
            Position {
                index: first + number as u64,
                is_last,
            },
            segment,
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_slots_fit_together() {
        for plaintext in [
            1,
            100,
            SEGMENT_PLAINTEXT_LENGTH,
            SEGMENT_PLAINTEXT_LENGTH + 1,
            LEAF_PLAINTEXT_LENGTH,
        ] {
            let length = leaf_length(plaintext);
            assert_eq!(
                plaintext_slots(length).map(|slot| slot.len()).sum::<usize>(),
                plaintext
            );
            assert_eq!(
                plaintext_slots(length).last().map(|slot| slot.end),
                Some(length - 16)
            );
        }
        assert_eq!(leaf_length(LEAF_PLAINTEXT_LENGTH), LEAF_LENGTH);
        assert_eq!(leaf_length(1), 33);
    }
}
