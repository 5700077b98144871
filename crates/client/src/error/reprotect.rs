//! Trouble with protecting anew.

use std::path::PathBuf;

use super::{EditError, ErrorKind, OpenError, ProtectError};
use crate::file::OutputError;

/// A protected file could not be protected anew. It is as it was, and there is no output.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReprotectError {
    /// The file was to be replaced, and is not the one that was opened any more.
    #[error("replace {}: it changed since it was opened", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The file does not open, or not for this: among others [`OpenError::RightMissing`] with `EXPORT`.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The content cannot be protected under the new terms.
    #[error(transparent)]
    Protect(#[from] ProtectError),
}

impl ReprotectError {
    /// What kind of trouble this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Changed { .. } => ErrorKind::Changed,
            Self::Open(error) => error.kind(),
            Self::Protect(error) => error.kind(),
        }
    }

    /// True when the same call may work later without anything being changed.
    pub fn is_retryable(&self) -> bool {
        self.kind().is_retryable()
    }
}

impl From<OutputError> for ReprotectError {
    fn from(error: OutputError) -> Self {
        Self::Protect(error.into())
    }
}

impl From<EditError> for ReprotectError {
    fn from(error: EditError) -> Self {
        match error {
            EditError::Changed { path } => Self::Changed { path },
            EditError::Open(error) => Self::Open(error),
            EditError::OutputUnconfirmed { path, source } => {
                Self::Protect(ProtectError::OutputUnconfirmed { path, source })
            }
            EditError::Io { path, source } => Self::Protect(ProtectError::Io { path, source }),
            other => Self::Protect(ProtectError::Internal {
                source: Box::new(other),
            }),
        }
    }
}
