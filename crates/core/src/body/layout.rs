//! Where the body's leaves lie, from the body's length alone. All arithmetic is checked (SEC-23).

use std::ops::Range;

use super::{LEAF_LENGTH, LEAF_PLAINTEXT_LENGTH};
use crate::error::{Layer, Malformed};
use crate::floe::{HEADER_LENGTH, MAX_SEGMENTS, SEGMENT_LENGTH, SEGMENT_OVERHEAD};

/// The places of leaves and plaintext in a body of a certain length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLayout {
    segments_length: u64,
}

impl BodyLayout {
    /// Takes the length of the body, FLOE header included.
    ///
    /// # Errors
    ///
    /// [`Malformed`] when no body has this length: there is at least one segment, at most 2^28, and the last one holds
    /// at least one byte of plaintext, so that each plaintext has one encoding (SEC-11, SEC-24).
    pub fn new(body_length: u64) -> Result<Self, Malformed> {
        let malformed = || Malformed::new(Layer::Body, "no body has this length");
        let segments_length = body_length
            .checked_sub(HEADER_LENGTH as u64)
            .ok_or_else(malformed)?;
        let segments = segments_length.div_ceil(SEGMENT_LENGTH as u64);
        let inner = segments.checked_sub(1).ok_or_else(malformed)? * SEGMENT_LENGTH as u64;
        if segments > MAX_SEGMENTS || segments_length - inner <= SEGMENT_OVERHEAD as u64 {
            return Err(malformed());
        }
        Ok(Self { segments_length })
    }

    /// Bytes of the body, FLOE header included.
    pub const fn body_length(self) -> u64 {
        self.segments_length + HEADER_LENGTH as u64
    }

    /// Bytes of the plaintext stream, inner header included.
    pub const fn plaintext_length(self) -> u64 {
        let segments = self.segments_length.div_ceil(SEGMENT_LENGTH as u64);
        self.segments_length - segments * SEGMENT_OVERHEAD as u64
    }

    /// How many leaves there are.
    pub const fn leaves(self) -> u64 {
        self.segments_length.div_ceil(LEAF_LENGTH as u64)
    }

    /// Where leaf number `index` lies, counted from the start of the body; empty behind the last one.
    pub const fn leaf(self, index: u64) -> Range<u64> {
        let end = self.segments_length;
        let start = index.saturating_mul(LEAF_LENGTH as u64);
        let start = if start < end { start } else { end };
        let length = if end - start < LEAF_LENGTH as u64 {
            end - start
        } else {
            LEAF_LENGTH as u64
        };
        HEADER_LENGTH as u64 + start..HEADER_LENGTH as u64 + start + length
    }

    /// True for the number of the last leaf.
    pub const fn is_last(self, index: u64) -> bool {
        index + 1 == self.leaves()
    }

    /// The leaf in which a byte of the plaintext stream lies, and where among the leaf's plaintext.
    pub const fn locate(self, plaintext_position: u64) -> (u64, usize) {
        let leaf = LEAF_PLAINTEXT_LENGTH as u64;
        (plaintext_position / leaf, (plaintext_position % leaf) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: u64 = HEADER_LENGTH as u64;
    const SEGMENT: u64 = SEGMENT_LENGTH as u64;

    /// SEC-11, SEC-24
    /// Clauses 8.1.3 and 8.1.4.
    #[test]
    fn impossible_lengths_are_refused() {
        for length in [
            0,
            73,
            HEADER,
            HEADER + 32,
            HEADER + SEGMENT + 1,
            HEADER + SEGMENT + 32,
            u64::MAX,
        ] {
            assert!(BodyLayout::new(length).is_err(), "{length}");
        }
        assert!(BodyLayout::new(HEADER + MAX_SEGMENTS * SEGMENT).is_ok());
        assert!(BodyLayout::new(HEADER + MAX_SEGMENTS * SEGMENT + 33).is_err());
    }

    #[test]
    fn places_follow_from_the_length() {
        let layout = BodyLayout::new(HEADER + 33).unwrap();
        assert_eq!(
            (layout.plaintext_length(), layout.leaves(), layout.leaf(0)),
            (1, 1, 74..107)
        );
        let leaf = LEAF_LENGTH as u64;
        let layout = BodyLayout::new(HEADER + 2 * leaf + 100).unwrap();
        assert_eq!(
            (layout.leaves(), layout.leaf(1), layout.leaf(2)),
            (3, 74 + leaf..74 + 2 * leaf, 74 + 2 * leaf..174 + 2 * leaf)
        );
        assert_eq!(layout.leaf(3).start, layout.leaf(3).end);
        assert_eq!(layout.plaintext_length(), 2 * LEAF_PLAINTEXT_LENGTH as u64 + 68);
        assert_eq!(layout.locate(LEAF_PLAINTEXT_LENGTH as u64 + 7), (1, 7));
    }

    /// SEC-23
    #[test]
    fn sixteen_tebibytes_do_not_overflow() {
        let layout = BodyLayout::new(HEADER + MAX_SEGMENTS * SEGMENT).unwrap();
        assert_eq!(layout.leaves(), 1 << 24);
        assert_eq!(layout.leaf((1 << 24) - 1).end, layout.body_length());
        assert_eq!(layout.leaf(u64::MAX).start, layout.body_length());
    }
}
