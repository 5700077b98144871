//! Protected files as the authority knows them: their record, their revocation, the log.

use std::path::PathBuf;

use clausa_api::content::Content;
use clausa_api::log::{LogPage, LogQuery};
use clausa_core::id::ContentId;

use crate::client::Client;
use crate::error::AccountError;

/// Which protected file is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContentReference {
    /// The one with this identifier, at the chosen authority.
    Id(ContentId),
    /// This one, at the authority it names.
    File(PathBuf),
}

impl Client {
    /// What the authority knows of a file; for its owner.
    ///
    /// # Errors
    ///
    /// [`AccountError::NotFound`] when there is no such file, or it belongs to somebody else.
    pub async fn content(&self, which: &ContentReference) -> Result<Content, AccountError> {
        let _ = which;
        todo!()
    }

    /// Revokes a file: no licence is issued for it any more. Licences already issued work until their offline window
    /// ends. The owner can still open it unless `including_owner`.
    ///
    /// # Errors
    ///
    /// [`AccountError::NotFound`] when there is no such file, or it belongs to somebody else.
    pub async fn revoke(&self, which: &ContentReference, including_owner: bool) -> Result<Content, AccountError> {
        let _ = (which, including_owner);
        todo!()
    }

    /// One page of the log entries the account may see.
    ///
    /// # Errors
    ///
    /// [`AccountError`].
    pub async fn log(&self, query: &LogQuery) -> Result<LogPage, AccountError> {
        let _ = query;
        todo!()
    }

    /// Tells the authority of files that were protected offline. Other verbs do it by themselves when they reach the
    /// authority. Returns how many were told.
    ///
    /// # Errors
    ///
    /// [`AccountError`] when the authority cannot be reached.
    pub async fn register_pending(&self) -> Result<usize, AccountError> {
        todo!()
    }
}
