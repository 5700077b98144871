//! The templates an authority gave, kept for protecting offline.

use clausa_api::template::Template;
use clausa_core::id::AccountId;
use clausa_core::origin::Origin;
use clausa_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Profile, VERSION, documents};
use crate::error::ProfileError;

/// What was given, to whom and when.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TemplateRecord {
    pub(crate) account: AccountId,
    pub(crate) fetched_at: Timestamp,
    pub(crate) templates: Vec<Template>,
}

impl TemplateRecord {
    /// What stands in when nothing was given yet.
    pub(crate) fn none(account: AccountId) -> Self {
        Self {
            account,
            fetched_at: Timestamp::default(),
            templates: Vec::new(),
        }
    }
}

impl Profile {
    /// Those of `account`. A damaged file counts as none: the authority gives them again.
    pub(crate) fn templates(&self, origin: &Origin, account: &AccountId) -> Option<TemplateRecord> {
        let record: Option<TemplateRecord> = documents::read_json(&self.templates_path(origin), VERSION)
            .inspect_err(|error| tracing::warn!(error = %error, "the kept templates are ignored"))
            .ok()
            .flatten();
        record.filter(|record| &record.account == account)
    }

    pub(crate) fn put_templates(&self, origin: &Origin, record: &TemplateRecord) -> Result<(), ProfileError> {
        documents::write_json(&self.templates_path(origin), VERSION, record)
    }

    fn templates_path(&self, origin: &Origin) -> std::path::PathBuf {
        self.authority_folder(origin).join("templates.json")
    }
}
