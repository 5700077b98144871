//! What was begun and not finished: sign-ups and sign-ins. The secrets that go with them are kept with the secrets.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clausa_core::address::Address;
use clausa_core::id::ContentId;
use clausa_core::origin::Origin;
use clausa_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Profile, VERSION, documents};
use crate::error::ProfileError;

/// A protected file that somebody was about to open, to come back to after signing up or in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    /// Where it is; `None` when it came through a pipe and is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// Its identifier.
    pub content_id: ContentId,
    /// Its authority.
    pub origin: Origin,
    /// Who protected it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<Address>,
}

/// What `pending.json` holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pendings {
    #[serde(default)]
    pub(crate) signups: BTreeMap<Origin, PendingSignup>,
    #[serde(default)]
    pub(crate) logins: BTreeMap<Origin, PendingLogin>,
}

/// A begun sign-up.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PendingSignup {
    /// The authority's name for it.
    pub(crate) id: String,
    /// The address a mail went to.
    pub(crate) address: Address,
    /// What to come back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) waiting: Option<Waiting>,
}

/// A begun sign-in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PendingLogin {
    /// The authority's name for it.
    pub(crate) id: String,
    /// The address a mail went to, if there is an account.
    pub(crate) address: Address,
    /// When the code stops working.
    pub(crate) expires: Timestamp,
    /// What to come back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) waiting: Option<Waiting>,
}

impl Profile {
    pub(crate) fn pendings(&self) -> Result<Pendings, ProfileError> {
        documents::read_json(&self.pending_path(), VERSION).map(Option::unwrap_or_default)
    }

    pub(crate) fn change_pendings(&self, change: impl FnOnce(&mut Pendings)) -> Result<(), ProfileError> {
        let _lock = self.lock()?;
        let mut pendings = self.pendings()?;
        change(&mut pendings);
        documents::write_json(&self.pending_path(), VERSION, &pendings)
    }

    fn pending_path(&self) -> PathBuf {
        self.folder.join("pending.json")
    }
}
