//! What may I do with this file, until when, online or offline?

use clausa_core::address::Address;
use clausa_core::id::ContentId;
use clausa_core::origin::Origin;
use clausa_core::rights::Rights;

use crate::client::Client;
use crate::error::OpenError;
use crate::file::Source;
use crate::open::{Asked, LicenceFacts};

/// What the account may do with a file.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RightsReport {
    /// The file.
    pub content_id: ContentId,
    /// Its authority.
    pub origin: Origin,
    /// Who protected it.
    pub publisher: Address,
    /// What the account may do.
    pub rights: Rights,
    /// Until when, and how the licence was come by.
    pub facts: LicenceFacts,
}

impl Client {
    /// What the account may do with a file: from the licence on this device while that may be used, otherwise from the
    /// authority. The content is not decrypted.
    ///
    /// # Errors
    ///
    /// [`OpenError`], as for opening.
    pub async fn rights(&self, source: Source) -> Result<RightsReport, OpenError> {
        let located = self.locate(source).await?;
        let licensed = self.licence_for(&located, Asked::ToOpen).await?;
        let licence = located.header.licence();
        Ok(RightsReport {
            content_id: licence.content_id(),
            origin: located.authority.origin.clone(),
            publisher: licence.publisher_claims().address.clone(),
            rights: licensed.grant.licence().rights(),
            facts: licensed.facts,
        })
    }
}
