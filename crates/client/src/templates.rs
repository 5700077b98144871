//! Templates, kept on this device so that protecting works offline.

use clausa_api::template::Template;
use clausa_core::origin::Origin;
use clausa_core::time::Timestamp;

use crate::client::Client;
use crate::error::AccountError;

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

impl Client {
    /// The templates the account at the chosen authority may choose.
    ///
    /// # Errors
    ///
    /// [`AccountError`] when nobody is signed in, or they have to be asked for and cannot be.
    pub async fn templates(&self, freshness: Freshness) -> Result<Templates, AccountError> {
        let _ = freshness;
        todo!()
    }
}
