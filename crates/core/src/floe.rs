//! FLOE (c2sp.org/FLOE) with the parameters of body profile 1 (clause 8.1): AES-256-GCM, HKDF-Expand-SHA-384,
//! segments of 65 536 bytes, an IV of 32 bytes, a new segment key every 2^20 segments.
//!
//! A message is sealed through a [`Sealer`] and opened through an [`Opener`]. Both are made from the header, can be
//! shared between threads, and hand out workers: a worker holds what one thread needs for itself (the current
//! segment key, a stock of IVs) and processes segments in place, in any order.
//!
//! ```text
//! header   P 10 | IV 32 | tag 32                              P = 00 00 | u32 65 536 | u32 32
//! segment  length field u32 | IV 12 | ciphertext | tag 16     65 536 bytes; the last one 32 ..= 65 536
//! ```

mod error;
mod header;
mod segment;

pub use error::FloeError;
pub use header::{FloeHeader, FloeKey, HEADER_LENGTH};
pub use segment::{
    MAX_SEGMENTS, OpenWorker, Opener, Position, SEGMENT_LENGTH, SEGMENT_OVERHEAD, SEGMENT_PAYLOAD_OFFSET,
    SEGMENT_PLAINTEXT_LENGTH, SealWorker, Sealer,
};
