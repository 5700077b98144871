//! The account at each authority and this device's place there. Nothing in it is secret.

use std::collections::BTreeMap;

use clausa_api::Bytes;
use clausa_api::identity::Identity;
use clausa_core::id::DeviceThumbprint;
use clausa_core::origin::Origin;
use clausa_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Profile, VERSION, documents};
use crate::error::ProfileError;

/// What `accounts.json` holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Accounts {
    accounts: BTreeMap<Origin, AccountRecord>,
}

/// The account at one authority.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountRecord {
    /// Whose account it is, as the authority last said.
    pub(crate) identity: Identity,
    /// False after signing out: the device's keys are kept, the session is not.
    pub(crate) signed_in: bool,
    /// This device.
    pub(crate) device: DeviceThumbprint,
    /// The name under which it enrols.
    pub(crate) device_name: String,
    /// What enrolment gave; `None` before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) enrolment: Option<Enrolment>,
}

/// What a device needs to publish offline.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Enrolment {
    /// Licensor certificates, leaf first.
    pub(crate) licensor_chain: Vec<Bytes>,
    /// The tenant's signed key set.
    pub(crate) key_set: Bytes,
    /// When the key set was given.
    pub(crate) keys_fetched_at: Timestamp,
}

impl Accounts {
    pub(crate) fn find(&self, origin: &Origin) -> Option<&AccountRecord> {
        self.accounts.get(origin)
    }
}

impl Profile {
    pub(crate) fn accounts(&self) -> Result<Accounts, ProfileError> {
        documents::read_json(&self.accounts_path(), VERSION).map(Option::unwrap_or_default)
    }

    pub(crate) fn account(&self, origin: &Origin) -> Result<Option<AccountRecord>, ProfileError> {
        Ok(self.accounts()?.find(origin).cloned())
    }

    /// Puts the account in the place of the one kept for `origin`.
    pub(crate) fn put_account(&self, origin: &Origin, record: AccountRecord) -> Result<(), ProfileError> {
        self.change_account(origin, |kept| *kept = Some(record))
    }

    /// Changes the account kept for `origin` under the profile's lock; leaving `None` forgets it.
    pub(crate) fn change_account<T>(
        &self,
        origin: &Origin,
        change: impl FnOnce(&mut Option<AccountRecord>) -> T,
    ) -> Result<T, ProfileError> {
        let _lock = self.lock()?;
        let mut accounts = self.accounts()?;
        let mut record = accounts.accounts.remove(origin);
        let value = change(&mut record);
        if let Some(record) = record {
            accounts.accounts.insert(origin.clone(), record);
        }
        documents::write_json(&self.accounts_path(), VERSION, &accounts)?;
        Ok(value)
    }

    fn accounts_path(&self) -> std::path::PathBuf {
        self.folder.join("accounts.json")
    }
}
