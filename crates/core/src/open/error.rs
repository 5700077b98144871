//! Why a file does not open.

use std::io;

use crate::certificate::CertificateError;
use crate::error::{IoFailed, Layer, Malformed};
use crate::floe::FloeError;
use crate::keys::UnwrapFailed;
use crate::prefix::PrefixError;
use crate::publishing::LicenceError;
use crate::rights::Right;
use crate::use_licence::UseLicenceError;

/// Why a file does not open.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The use licence at hand is for another file.
    #[error("the licence is for another file")]
    WrongFile,
    /// The use licence does not give the right that the act needs.
    #[error("the right {right} is missing")]
    NotPermitted {
        /// The missing right.
        right: Right,
    },
    /// The use licence does not fit.
    #[error("the use licence cannot be used")]
    UseLicence(#[from] UseLicenceError),
    /// The content key does not come out of the licence with this device's key.
    #[error(transparent)]
    Unwrap(#[from] UnwrapFailed),
    /// This is no protected file, or one of another version.
    #[error(transparent)]
    Prefix(#[from] PrefixError),
    /// The publishing licence does not hold.
    #[error("the publishing licence does not hold")]
    Licence(#[from] LicenceError),
    /// Some part is not in the one form the format allows.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The file does not end with its seal: it was cut, its writer never finished, or something was appended to it.
    /// [`find_ending`](super::find_ending) tells which.
    #[error("the file does not end with the publisher's seal: it was cut, or something follows")]
    Unsealed,
    /// The certificate or edit grant of whoever sealed the content does not hold.
    #[error("whoever sealed the content was not allowed to")]
    Sealer(#[source] CertificateError),
    /// Some part was altered after it was sealed.
    #[error("the {0} was altered")]
    Altered(Layer),
    /// An earlier read had failed.
    #[error("an earlier read failed")]
    Failed,
    /// Reading failed.
    #[error("reading failed")]
    Io(#[source] IoFailed),
    /// The cryptographic backend failed for a reason of its own.
    #[error("the cryptographic backend failed")]
    Internal,
}

impl OpenError {
    /// True when the reader is not permitted, as opposed to the file being broken.
    pub const fn is_permission(&self) -> bool {
        matches!(self, Self::NotPermitted { .. } | Self::UseLicence(_))
    }

    /// True when the same call may succeed later.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Io(_))
    }

    /// True when the file is not, or no longer, what its publisher made.
    pub const fn is_damage(&self) -> bool {
        matches!(
            self,
            Self::Malformed(_)
                | Self::Unsealed
                | Self::Sealer(_)
                | Self::Altered(_)
                | Self::Licence(LicenceError::Malformed(_) | LicenceError::BadSignature)
        )
    }
}

/// An end that comes too early means an incomplete file. An error of this module that had to pass through
/// [`Read`](std::io::Read) is taken out again.
impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(own) => own,
            Err(foreign) if foreign.kind() == io::ErrorKind::UnexpectedEof => Self::Unsealed,
            Err(foreign) => Self::Io(foreign.into()),
        }
    }
}

impl From<OpenError> for io::Error {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Io(IoFailed(error)) => error,
            other => Self::new(io::ErrorKind::InvalidData, other),
        }
    }
}

impl From<FloeError> for OpenError {
    fn from(error: FloeError) -> Self {
        match error {
            FloeError::UnknownProfile => Self::Malformed(Malformed::new(
                Layer::Body,
                "the body is not of the one known profile",
            )),
            FloeError::Backend(_) | FloeError::RandomnessFailed => Self::Internal,
            _ => Self::Altered(Layer::Body),
        }
    }
}
