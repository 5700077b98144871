//! Trouble with a log that is verified.

use super::{AccountError, ErrorKind, ProfileError, RequestError};
use crate::log_verify::{LeafFault, NoteFault};

/// A log was not verified. Every variant between the first and the last says that somebody has rewritten it, or that
/// what answers is not the authority that the checkpoint of before came from.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogVerifyError {
    /// The authority could not be asked, or refused.
    #[error("ask the authority for its log")]
    Account(#[from] AccountError),
    /// The checkpoint cannot be believed.
    #[error("believe the log's checkpoint: {0}")]
    Checkpoint(NoteFault),
    /// The log is shorter than it was: what was signed for is gone.
    #[error("find the log as long as it was: it had {before} entries and has {now}")]
    Shrunk {
        /// Entries under the remembered checkpoint.
        before: u64,
        /// Entries now.
        now: u64,
    },
    /// The log does not begin with what was signed for before: there are two versions of it.
    #[error("find in the log what was there: its first {before} entries are not those of before")]
    Forked {
        /// Entries under the remembered checkpoint.
        before: u64,
    },
    /// An entry is not the one that was signed for.
    #[error("find entry {sequence} as it was signed for{}", .fault.map(|fault| format!(": {fault}")).unwrap_or_default())]
    Altered {
        /// Its number.
        sequence: u64,
        /// What is wrong with it, when it has no leaf at all.
        fault: Option<LeafFault>,
    },
    /// The entries do not come in their order, or one of them comes twice.
    #[error("find the log's entries in order after {after}")]
    Disordered {
        /// The number of the last one in order.
        after: u64,
    },
    /// Hashes of the tree are missing or are not those that were signed for.
    #[error("find the hashes of the log's tree")]
    TreeDamaged,
}

impl LogVerifyError {
    /// What kind of trouble this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Account(error) => error.kind(),
            Self::Checkpoint(_) => ErrorKind::AuthorityMisbehaved,
            Self::Shrunk { .. }
            | Self::Forked { .. }
            | Self::Altered { .. }
            | Self::Disordered { .. }
            | Self::TreeDamaged => ErrorKind::LogRewritten,
        }
    }
}

impl From<RequestError> for LogVerifyError {
    fn from(error: RequestError) -> Self {
        Self::Account(error.into())
    }
}

impl From<ProfileError> for LogVerifyError {
    fn from(error: ProfileError) -> Self {
        Self::Account(error.into())
    }
}
