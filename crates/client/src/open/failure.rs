//! What the core's refusals mean to a person.

use std::path::Path;

use clausa_core::open::OpenError as CoreError;
use clausa_core::prefix::PrefixError;

use crate::error::OpenError;

pub(super) fn of_core(error: CoreError, path: &Path) -> OpenError {
    match error {
        CoreError::NotPermitted { right } => OpenError::RightMissing { right, contact: None },
        CoreError::Prefix(PrefixError::NotProtected) => OpenError::NotClausa,
        CoreError::Prefix(PrefixError::UnknownVersion { major, minor }) => {
            OpenError::UnknownVersion { major, minor }
        }
        CoreError::Unsealed => OpenError::Cut,
        CoreError::Io(error) => OpenError::Io {
            path: path.to_owned(),
            source: error.0,
        },
        error @ (CoreError::Internal
        | CoreError::Failed
        | CoreError::UseLicence(_)
        | CoreError::WrongFile) => OpenError::Internal {
            source: Box::new(error),
        },
        other => OpenError::Altered {
            source: Box::new(other),
        },
    }
}

impl OpenError {
    /// Adds whom to ask, where the authority has not said.
    pub(super) fn with_contact(mut self, whom: &str) -> Self {
        match &mut self {
            Self::NotNamed { contact }
            | Self::RightMissing { contact, .. }
            | Self::NotYetValid { contact, .. }
            | Self::Expired { contact, .. }
            | Self::Revoked { contact, .. } => {
                contact.get_or_insert_with(|| whom.to_owned());
            }
            _ => {}
        }
        self
    }
}
