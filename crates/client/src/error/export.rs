//! Trouble with the export of an account.

use std::path::PathBuf;

use clausa_core::origin::Origin;

use super::kind::of_io;
use super::{AccountError, ErrorKind, ProfileError, RequestError};
use crate::file::OutputError;

/// An account could not be exported; there is no output.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The output is there already and overwriting was not asked for.
    #[error("write {}: it exists already", path.display())]
    OutputExists {
        /// The output.
        path: PathBuf,
    },
    /// The output is a symbolic link, a folder or a device; it is not followed or replaced.
    #[error("write {}: it is not a regular file", path.display())]
    OutputNotRegular {
        /// The output.
        path: PathBuf,
    },
    /// The authority could not be asked, or refused.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The answer ended before its last line.
    #[error("read the export: {origin} sent it only in part")]
    CutShort {
        /// The authority.
        origin: Origin,
    },
    /// Writing the output failed.
    #[error("write {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl ExportError {
    /// What kind of trouble this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::OutputExists { .. } | Self::OutputNotRegular { .. } => ErrorKind::OutputExists,
            Self::Account(error) => error.kind(),
            Self::CutShort { .. } => ErrorKind::AuthorityMisbehaved,
            Self::Io { source, .. } => of_io(source),
        }
    }
}

impl From<RequestError> for ExportError {
    fn from(error: RequestError) -> Self {
        Self::Account(error.into())
    }
}

impl From<ProfileError> for ExportError {
    fn from(error: ProfileError) -> Self {
        Self::Account(error.into())
    }
}

impl From<OutputError> for ExportError {
    fn from(error: OutputError) -> Self {
        match error {
            OutputError::Exists { path } => Self::OutputExists { path },
            OutputError::NotRegular { path } => Self::OutputNotRegular { path },
            OutputError::Io { path, source } | OutputError::Unconfirmed { path, source } => {
                Self::Io { path, source }
            }
            OutputError::Profile(error) => error.into(),
        }
    }
}
