//! Protected files as the authority knows them: their record, their revocation, the log.

use std::path::PathBuf;
use std::time::Duration;

use clausa_api::content::{Content, RegisterContentRequest, RevokeContentRequest};
use clausa_api::log::{LogPage, LogQuery};
use clausa_api::paths;
use clausa_core::id::ContentId;
use clausa_core::origin::Origin;

use crate::background::blocking;
use crate::client::Client;
use crate::error::{AccountError, RequestError};
use crate::inspect::read_licence;
use crate::profile::RegistrationRecord;
use crate::transport::Call;

/// Which protected file is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContentReference {
    /// The one with this identifier, at the chosen authority.
    Id(ContentId),
    /// This one, at the authority it names.
    File(PathBuf),
}

/// A file that was protected just now does not wait long for the authority: it can be told later.
pub(crate) const REGISTRATION_PATIENCE: Duration = Duration::from_secs(10);

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

    /// Tells the authority of files that were protected offline. Other verbs do it by themselves when they reach the
    /// authority. Returns how many were told.
    ///
    /// # Errors
    ///
    /// [`AccountError`] when the authority cannot be reached, or refuses one.
    pub async fn register_pending(&self) -> Result<usize, AccountError> {
        let origin = self.authority().await?.origin;
        self.signed_in_at(&origin).await?;
        Ok(self.register_pending_at(&origin).await?)
    }

    async fn register_pending_at(&self, origin: &Origin) -> Result<usize, RequestError> {
        let (client, of) = (self.clone(), origin.clone());
        let pending = blocking(move || client.profile().registrations(&of)).await?;
        let mut told = 0;
        for record in pending {
            match self.register(&record).await {
                Ok(()) => told += 1,
                // It will never be taken; keeping it would fail every later call too.
                Err(error) if is_final(&error) => {
                    tracing::warn!(error = %error, content = %record.content_id, "a registration was refused");
                }
                Err(error) => return Err(error),
            }
            let client = self.clone();
            blocking(move || client.profile().remove_registration(&record.content_id)).await?;
        }
        Ok(told)
    }

    /// As part of another verb, which does not fail because of it.
    pub(crate) async fn register_pending_quietly(&self, origin: &Origin) {
        if let Err(error) = self.register_pending_at(origin).await {
            tracing::info!(error = %error, "files protected offline could not be registered yet");
        }
    }

    /// Tells the authority of one file. The first licence for an identifier wins, so doing it again is harmless.
    pub(crate) async fn register(&self, record: &RegistrationRecord) -> Result<(), RequestError> {
        let request = RegisterContentRequest {
            publishing_licence: record.publishing_licence.clone(),
            file_name: record.file_name.clone(),
        };
        let call = Call::post(paths::CONTENTS, &request)?
            .idempotent()
            .patience(REGISTRATION_PATIENCE);
        self.call_as_account_for_nothing(&record.origin, &call).await
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

/// True for a refusal that the same request will meet again.
fn is_final(error: &RequestError) -> bool {
    use clausa_api::ProblemType as T;
    matches!(
        error.problem_type(),
        Some(T::InvalidRequest | T::LicenceInvalid | T::ContentConflict | T::TooLarge | T::NotPermitted)
    )
}
