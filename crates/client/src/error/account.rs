//! Trouble with what belongs to an account: devices, templates, keys, the log, contents.

use clausa_api::ProblemType;

use super::{ErrorKind, InspectError, ProfileError, RequestError};

/// Something that needs an account could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// There is nothing here for this account under that name.
    #[error("find {what}")]
    NotFound {
        /// What was looked for.
        what: String,
    },
    /// The file that was named to say which content is meant cannot be read.
    #[error("read the file")]
    File(#[from] InspectError),
    /// The authority could not be asked, or refused.
    #[error("ask the authority")]
    Request(#[source] RequestError),
    /// The profile cannot be used.
    #[error("use the profile")]
    Profile(#[from] ProfileError),
}

impl AccountError {
    /// What kind of trouble this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::File(error) => error.kind(),
            Self::Request(error) => error.kind(),
            Self::Profile(error) => error.kind(),
        }
    }

    /// Turns the authority's "not found" into one that names what was looked for.
    pub(crate) fn or_not_found(error: RequestError, what: impl Into<String>) -> Self {
        if error.problem_type() == Some(ProblemType::NotFound) {
            return Self::NotFound { what: what.into() };
        }
        error.into()
    }
}

impl From<RequestError> for AccountError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Profile(error) => Self::Profile(error),
            other => Self::Request(other),
        }
    }
}
