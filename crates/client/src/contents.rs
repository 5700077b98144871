//! Protected files as the authority knows them: their record, their revocation, the log.

use std::path::PathBuf;

use clausa_api::content::{Content, RevokeContentRequest};
use clausa_api::log::{LogPage, LogQuery};
use clausa_api::paths;
use clausa_core::id::ContentId;
use clausa_core::origin::Origin;

use crate::background::blocking;
use crate::client::Client;
use crate::error::AccountError;
use crate::inspect::read_licence;
use crate::transport::Call;

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
        let (origin, id) = self.resolve(which).await?;
        self.register_pending_quietly(&origin).await;
        let call = Call::get(paths::fill(paths::CONTENT, &id.to_string()));
        let answer = self.call_as_account(&origin, &call).await;
        answer.map_err(|error| AccountError::or_not_found(error, format!("the file {id}")))
    }

    /// Revokes a file: no licence is issued for it any more. Licences already issued work until their offline window
    /// ends. The owner can still open it unless `including_owner`.
    ///
    /// # Errors
    ///
    /// [`AccountError::NotFound`] when there is no such file, or it belongs to somebody else.
    pub async fn revoke(
        &self,
        which: &ContentReference,
        including_owner: bool,
    ) -> Result<Content, AccountError> {
        let (origin, id) = self.resolve(which).await?;
        // A file that was protected offline has to be known before it can be revoked.
        self.register_pending_at(&origin).await?;
        let path = paths::fill(paths::CONTENT_REVOCATION, &id.to_string());
        let call = Call::post(path, &RevokeContentRequest { including_owner })?.idempotent();
        let answer = self.call_as_account(&origin, &call).await;
        answer.map_err(|error| AccountError::or_not_found(error, format!("the file {id}")))
    }

    /// One page of the log entries the account may see.
    ///
    /// # Errors
    ///
    /// [`AccountError`].
    pub async fn log(&self, query: &LogQuery) -> Result<LogPage, AccountError> {
        let origin = self.authority().await?.origin;
        self.signed_in_at(&origin).await?;
        self.register_pending_quietly(&origin).await;
        let mut call = Call::get(paths::LOG);
        if let Some(content) = query.content {
            call = call.query("content", &content.to_string());
        }
        if let Some(after) = query.after {
            call = call.query("after", &after.to_string());
        }
        if let Some(limit) = query.limit {
            call = call.query("limit", &limit.to_string());
        }
        Ok(self.call_as_account(&origin, &call).await?)
    }

    /// Which file, at which authority. A file's word for its authority counts only when that one is trusted (SEC-51).
    async fn resolve(&self, which: &ContentReference) -> Result<(Origin, ContentId), AccountError> {
        let (origin, id) = match which {
            ContentReference::Id(id) => (self.authority().await?.origin, *id),
            ContentReference::File(path) => {
                let path = path.clone();
                let licence = blocking(move || read_licence(&path)).await?;
                (self.trusted(licence.origin()).await?.origin, licence.content_id())
            }
        };
        self.signed_in_at(&origin).await?;
        Ok((origin, id))
    }
}
