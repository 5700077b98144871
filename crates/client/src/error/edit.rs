//! Trouble with changing a protected file.

use std::path::PathBuf;

use super::kind::of_io;
use super::{ErrorKind, OpenError, ProfileError, RequestError};

/// A protected file could not be changed. It is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// The output is there already and overwriting was not asked for.
    #[error("write {}: it exists already", path.display())]
    OutputExists {
        /// The output.
        path: PathBuf,
    },
    /// The file, or the output, is a symbolic link, a folder or a device; it is not followed or replaced (SEC-59).
    #[error("write {}: it is not a regular file", path.display())]
    OutputNotRegular {
        /// The file.
        path: PathBuf,
    },
    /// Whoever edited the text has taken the file away.
    #[error("find the text again: {} is gone", path.display())]
    TextMissing {
        /// Where it was.
        path: PathBuf,
    },
    /// Whoever edited the text has put a link, a folder or a device in its place.
    #[error("read the text again: {} is not a regular file", path.display())]
    TextNotRegular {
        /// Where it was.
        path: PathBuf,
    },
    /// The text changed while it was read: somebody is still writing it.
    #[error("read the changed text: it changed while it was read")]
    TextChanging,
    /// The work was stopped on request.
    #[error("finish: the work was stopped")]
    Interrupted,
    /// The protected file is not the one that was opened for changing: somebody else has saved, moved or replaced it.
    #[error("save {}: it changed since it was opened", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The file does not open, or not for changing: among others [`OpenError::RightMissing`] with `EDIT`.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// What the authority gave does not let this device save at this moment.
    #[error("save: the permission to change this file is not valid now")]
    NotNow,
    /// The licence gives the right to change the file, but nothing by which others could see it.
    #[error("save: the licence carries no permission that readers would accept")]
    GrantRefused,
    /// Reading the text, or writing the file, failed.
    #[error("read or write {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The change is saved and complete, but the disk did not confirm it: after a power cut the old file may be back.
    #[error("make sure that {} stays: it was replaced, but the disk did not confirm it", path.display())]
    OutputUnconfirmed {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A defect of this program, or a failing generator of random numbers.
    #[error("save: an internal step failed")]
    Internal {
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl EditError {
    /// What kind of trouble this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::OutputExists { .. } | Self::OutputNotRegular { .. } => ErrorKind::OutputExists,
            Self::TextMissing { .. } | Self::TextNotRegular { .. } | Self::TextChanging => {
                ErrorKind::FileSystem
            }
            Self::Interrupted => ErrorKind::Interrupted,
            Self::Changed { .. } => ErrorKind::Changed,
            Self::Open(error) => error.kind(),
            Self::NotNow => ErrorKind::Expired,
            Self::GrantRefused => ErrorKind::AuthorityMisbehaved,
            Self::Io { source, .. } => of_io(source),
            Self::OutputUnconfirmed { .. } => ErrorKind::FileSystem,
            Self::Internal { .. } => ErrorKind::Internal,
        }
    }

    /// True when the same call may work later without anything being changed.
    pub fn is_retryable(&self) -> bool {
        self.kind().is_retryable()
    }
}

impl From<ProfileError> for EditError {
    fn from(error: ProfileError) -> Self {
        Self::Open(error.into())
    }
}

impl From<RequestError> for EditError {
    fn from(error: RequestError) -> Self {
        Self::Open(error.into())
    }
}

/// A changed text was not saved. The protected file is as it was.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
#[non_exhaustive]
pub struct Unsaved {
    /// Why.
    #[source]
    pub error: EditError,
    /// What became of the text.
    pub text: KeptText,
}

/// What became of a changed text that was not saved in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeptText {
    /// Nothing: it was not changed, or is not there any more.
    Nothing,
    /// A protected file of its own, under the same licence.
    Protected(PathBuf),
    /// In clear, in the private folder in which it was edited: it could not be protected. It stays there until somebody
    /// removes it.
    InClear(PathBuf),
}
