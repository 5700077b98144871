//! Trouble with trusting an authority.

use clausa_core::origin::Origin;

use super::{ErrorKind, ProfileError, RequestError};

/// An authority could not be made a trusted one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The authority serves under another name than the one it was asked under.
    #[error("trust {asked}: it says that it is {said}")]
    OtherOrigin {
        /// The origin that was asked.
        asked: Origin,
        /// The origin it gave.
        said: Origin,
    },
    /// The roots are not those that this profile has pinned. Either the authority has been set up anew, or somebody
    /// stands between.
    #[error("trust {origin}: its root keys are not those this profile has pinned")]
    RootsChanged {
        /// The authority.
        origin: Origin,
    },
    /// The authority speaks another version of the contract.
    #[error("talk to {origin}: it speaks version {version} of the contract, this program version {known}")]
    UnknownContract {
        /// The authority.
        origin: Origin,
        /// The version it speaks.
        version: u32,
        /// The version this program speaks.
        known: u32,
    },
    /// The authority is not one this profile trusts.
    #[error("find {origin} among the trusted authorities")]
    NotTrusted {
        /// The authority.
        origin: Origin,
    },
    /// The authority could not be asked.
    #[error("read the authority's description")]
    Request(#[source] RequestError),
    /// The profile cannot be used.
    #[error("use the profile")]
    Profile(#[from] ProfileError),
}

impl TrustError {
    /// What kind of trouble this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::OtherOrigin { .. } | Self::RootsChanged { .. } | Self::UnknownContract { .. } => {
                ErrorKind::AuthorityMisbehaved
            }
            Self::NotTrusted { .. } => ErrorKind::AuthorityUnknown,
            Self::Request(error) => error.kind(),
            Self::Profile(error) => error.kind(),
        }
    }
}

impl From<RequestError> for TrustError {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}
