//! Why a FLOE message could not be made or read.

use crate::crypto::CryptoError;
use crate::random::RandomnessFailed;

/// What went wrong, in the order of whose fault it is: the caller, the input, the environment, us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FloeError {
    /// The buffer given for a segment is not as long as a segment of that kind must be.
    #[error("a segment buffer of {actual} bytes cannot hold a segment of this kind")]
    SegmentLength {
        /// Length of the buffer, in bytes.
        actual: usize,
    },
    /// The position is beyond the 2^28 segments a message may have.
    #[error("the message has too many segments")]
    TooManySegments,
    /// The header is not of the one profile we read.
    #[error("the body header is not of a known profile")]
    UnknownProfile,
    /// The header was not made with this key and additional data.
    #[error("the body header is not authentic")]
    BadHeader,
    /// The length field of a segment contradicts its kind or its length.
    #[error("the length field of a body segment is wrong")]
    BadLengthField,
    /// A segment was altered, moved, or made with another key.
    #[error("a body segment is not authentic")]
    BadSegment,
    /// The source of randomness failed.
    #[error("the source of randomness failed")]
    RandomnessFailed,
    /// The cryptographic backend failed for a reason of its own.
    #[error("the cryptographic backend failed")]
    Backend(#[source] CryptoError),
}

impl From<RandomnessFailed> for FloeError {
    fn from(_: RandomnessFailed) -> Self {
        Self::RandomnessFailed
    }
}

impl From<CryptoError> for FloeError {
    fn from(error: CryptoError) -> Self {
        match error {
            CryptoError::RandomnessFailed => Self::RandomnessFailed,
            other => Self::Backend(other),
        }
    }
}
