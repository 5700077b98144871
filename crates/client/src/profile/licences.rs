//! Use licences kept for offline use: one file for each protected file.
//!
//! A licence holds the content key sealed to this device's decryption key, which is among the secrets and not in this
//! folder: copied elsewhere, these files open nothing (SEC-56).

use clausa_api::Bytes;
use clausa_core::id::{ContentId, DeviceThumbprint};
use clausa_core::origin::Origin;
use serde::{Deserialize, Serialize};

use super::{Profile, VERSION, documents};
use crate::error::ProfileError;

/// One kept licence.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LicenceRecord {
    /// The device it is sealed to.
    pub(crate) device: DeviceThumbprint,
    /// The signed licence.
    pub(crate) use_licence: Bytes,
    /// The certificate of the key that signed it.
    pub(crate) certificate: Bytes,
    /// The highest epoch seen for this file: a kept licence of an older one is not used (SEC-40).
    pub(crate) epoch: u64,
}

impl Profile {
    /// The one for `content_id` and `device`. A damaged file counts as none: the authority gives another.
    pub(crate) fn licence(
        &self,
        origin: &Origin,
        content_id: &ContentId,
        device: &DeviceThumbprint,
    ) -> Option<LicenceRecord> {
        let record: Option<LicenceRecord> =
            documents::read_json(&self.licence_path(origin, content_id), VERSION)
                .inspect_err(|error| tracing::warn!(error = %error, "a kept licence is ignored"))
                .ok()
                .flatten();
        record.filter(|record| &record.device == device)
    }

    pub(crate) fn put_licence(
        &self,
        origin: &Origin,
        content_id: &ContentId,
        record: &LicenceRecord,
    ) -> Result<(), ProfileError> {
        documents::write_json(&self.licence_path(origin, content_id), VERSION, record)
    }

    /// Forgets the licence for a file: it may not be opened any more, or not by this account.
    pub(crate) fn remove_licence(&self, origin: &Origin, content_id: &ContentId) -> Result<(), ProfileError> {
        documents::remove(&self.licence_path(origin, content_id))
    }

    fn licence_path(&self, origin: &Origin, content_id: &ContentId) -> std::path::PathBuf {
        self.authority_folder(origin)
            .join("licences")
            .join(format!("{content_id}.json"))
    }
}
