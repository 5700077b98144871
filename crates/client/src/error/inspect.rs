//! Trouble with reading a file's header.

use std::path::PathBuf;

use super::ErrorKind;
use super::kind::of_io;

/// A file's header could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InspectError {
    /// The file is not a Clausa file.
    #[error("read the header: this is not a Clausa file")]
    NotClausa,
    /// The file is of a version this program does not know.
    #[error("read the header: it is of version {major}.{minor}, which this program does not know")]
    UnknownVersion {
        /// The major version that the file says it is of.
        major: u8,
        /// The minor one.
        minor: u8,
    },
    /// The end of the file is missing.
    #[error("read the file: its end is missing")]
    Cut,
    /// The file was altered.
    #[error("understand the header: the file was altered")]
    Altered {
        /// Which check refused.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Reading failed.
    #[error("read {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl InspectError {
    /// What kind of trouble this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotClausa => ErrorKind::NotClausa,
            Self::UnknownVersion { .. } => ErrorKind::UnknownVersion,
            Self::Cut => ErrorKind::Cut,
            Self::Altered { .. } => ErrorKind::Altered,
            Self::Io { source, .. } => of_io(source),
        }
    }
}
