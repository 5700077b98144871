//! What any verb may run into besides its own refusals.

use clausa_core::certificate::IssueError;
use clausa_core::keys::{InvalidKey, SignError};
use clausa_core::random::RandomnessFailed;
use clausa_store::{Denied, StoreError};

use super::step_up::Needed;

/// What any verb may run into besides its own refusals, ordered by whose fault it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The caller may not do this.
    #[error("the caller may not do this")]
    Denied(#[from] Denied),
    /// The act asks for a fresh proof of who one is (`SEC-83`).
    #[error("a fresh proof of identity is needed")]
    StepUp(Needed),
    /// Too many requests.
    #[error("too many requests; wait {seconds} s")]
    RateLimited {
        /// How long to wait.
        seconds: u32,
    },
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// Randomness failed.
    #[error("randomness failed")]
    Randomness(#[from] RandomnessFailed),
    /// A certificate, key set or licence could not be signed.
    #[error("signing failed")]
    Issue(#[from] IssueError),
    /// A signing key failed.
    #[error("a signing key failed")]
    Sign(#[from] SignError),
    /// A key of ours cannot be made or loaded.
    #[error("a key cannot be made or loaded")]
    Key(#[from] InvalidKey),
    /// Something that must be stored is not, or cannot be read.
    #[error("the stored {0} is missing or unreadable")]
    Missing(&'static str),
    /// A worker thread died.
    #[error("a worker stopped")]
    Worker(#[source] tokio::task::JoinError),
}

/// Lets the errors of the layers below become a verb's error through [`Failure`].
macro_rules! failures {
    ($error:ty: $($source:ty),+ $(,)?) => {$(
        impl From<$source> for $error {
            fn from(source: $source) -> Self {
                Self::Failed(source.into())
            }
        }
    )+};
}
pub(crate) use failures;
