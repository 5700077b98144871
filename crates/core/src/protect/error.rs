//! Why a file cannot be protected.

use std::io;

use crate::error::IoFailed;
use crate::floe::FloeError;
use crate::keys::SignError;
use crate::rights::Right;

/// Why a file cannot be protected.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtectError {
    /// The signer is neither the publisher's nor the one of the edit grant.
    #[error("the signing key may not seal this file")]
    WrongSigner,
    /// The certificate or edit grant of the signer is not valid now.
    #[error("the certificate to seal with is not valid now")]
    SealerNotValid,
    /// A change may not be saved without this right.
    #[error("the right {right} is missing")]
    NotPermitted {
        /// The missing right.
        right: Right,
    },
    /// The inner header promised another size than what was written.
    #[error("{written} bytes were written where {declared} had been declared")]
    SizeDiffers {
        /// What the inner header says.
        declared: u64,
        /// What came.
        written: u64,
    },
    /// A file may have 16 TiB.
    #[error("the file is too long")]
    TooLong,
    /// An earlier write had failed, so the file cannot be completed.
    #[error("an earlier write failed")]
    Failed,
    /// The output failed.
    #[error("writing failed")]
    Io(#[from] IoFailed),
    /// The signing key failed.
    #[error("signing failed")]
    Sign(#[from] SignError),
    /// The source of randomness failed.
    #[error("the source of randomness failed")]
    RandomnessFailed,
    /// The cryptographic backend failed for a reason of its own.
    #[error("the cryptographic backend failed")]
    Internal,
}

impl From<FloeError> for ProtectError {
    fn from(error: FloeError) -> Self {
        match error {
            FloeError::TooManySegments => Self::TooLong,
            FloeError::RandomnessFailed => Self::RandomnessFailed,
            _ => Self::Internal,
        }
    }
}

/// Takes an error of this module out again that had to pass through [`Write`](std::io::Write).
impl From<io::Error> for ProtectError {
    fn from(error: io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(own) => own,
            Err(foreign) => Self::Io(foreign.into()),
        }
    }
}

impl From<ProtectError> for io::Error {
    fn from(error: ProtectError) -> Self {
        match error {
            ProtectError::Io(IoFailed(error)) => error,
            other => Self::other(other),
        }
    }
}
