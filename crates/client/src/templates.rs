//! Templates, kept on this device so that protecting works offline.

use clausa_api::paths;
use clausa_api::template::{Template, TemplateList};
use clausa_core::id::AccountId;
use clausa_core::origin::Origin;
use clausa_core::time::{DAY, Timestamp};

use crate::background::blocking;
use crate::client::Client;
use crate::error::{AccountError, RequestError};
use crate::origins::TrustedAuthority;
use crate::profile::TemplateRecord;
use crate::transport::Call;

/// How fresh something has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Freshness {
    /// What this device has, if it is less than a day old or there is no network; otherwise the authority's.
    #[default]
    Recent,
    /// The authority's; fails without a network.
    Now,
    /// What this device has, whatever its age. Nothing is sent.
    Kept,
}

/// The templates the account may choose.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Templates {
    /// The authority.
    pub origin: Origin,
    /// By name.
    pub templates: Vec<Template>,
    /// When the authority gave them.
    pub fetched_at: Timestamp,
    /// True when they are this device's, false when the authority has just given them.
    pub kept: bool,
}

/// How old kept templates and keys may be before the authority is asked again, in seconds.
pub(crate) const RECENT_SECONDS: u64 = DAY;

impl Client {
    /// The templates the account at the chosen authority may choose.
    ///
    /// # Errors
    ///
    /// [`AccountError`] when nobody is signed in, or they have to be asked for and cannot be.
    pub async fn templates(&self, freshness: Freshness) -> Result<Templates, AccountError> {
        let authority = self.authority().await?;
        Ok(self.templates_at(&authority, freshness).await?)
    }

    pub(crate) async fn templates_at(
        &self,
        authority: &TrustedAuthority,
        freshness: Freshness,
    ) -> Result<Templates, RequestError> {
        let origin = &authority.origin;
        let account = self.signed_in_at(origin).await?.identity.account;
        let (client, of) = (self.clone(), origin.clone());
        let kept = blocking(move || client.profile().templates(&of, &account)).await;
        let now = self.clock().now();
        let is_recent = |kept: &TemplateRecord| now.seconds_since(kept.fetched_at) < RECENT_SECONDS;
        match (freshness, kept) {
            (Freshness::Kept, Some(kept)) => Ok(given(origin, kept, true)),
            (Freshness::Kept, None) => Ok(given(origin, TemplateRecord::none(account), true)),
            (Freshness::Recent, Some(kept)) if is_recent(&kept) => Ok(given(origin, kept, true)),
            (Freshness::Recent, Some(kept)) => match self.fetch_templates(origin, account).await {
                Err(error) if error.is_no_network() => Ok(given(origin, kept, true)),
                fetched => fetched,
            },
            (Freshness::Recent, None) | (Freshness::Now, _) => self.fetch_templates(origin, account).await,
        }
    }

    async fn fetch_templates(&self, origin: &Origin, account: AccountId) -> Result<Templates, RequestError> {
        let list: TemplateList = self.call_as_account(origin, &Call::get(paths::TEMPLATES)).await?;
        let record = TemplateRecord {
            account,
            fetched_at: self.clock().now(),
            templates: list.templates,
        };
        let (client, of, kept) = (self.clone(), origin.clone(), record.clone());
        blocking(move || client.profile().put_templates(&of, &kept)).await?;
        Ok(given(origin, record, false))
    }
}

fn given(origin: &Origin, record: TemplateRecord, kept: bool) -> Templates {
    Templates {
        origin: origin.clone(),
        templates: record.templates,
        fetched_at: record.fetched_at,
        kept,
    }
}
