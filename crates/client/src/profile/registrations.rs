//! Files protected offline that the authority is still to be told of: one file each.

use std::io::ErrorKind;
use std::path::PathBuf;

use clausa_api::Bytes;
use clausa_core::id::ContentId;
use clausa_core::origin::Origin;
use serde::{Deserialize, Serialize};

use super::{Profile, VERSION, documents};
use crate::error::ProfileError;

/// One file to tell the authority of.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegistrationRecord {
    pub(crate) content_id: ContentId,
    pub(crate) origin: Origin,
    pub(crate) publishing_licence: Bytes,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file_name: Option<String>,
}

impl Profile {
    /// Those for `origin`, in the order of their identifiers.
    pub(crate) fn registrations(&self, origin: &Origin) -> Result<Vec<RegistrationRecord>, ProfileError> {
        let folder = self.registrations_folder();
        let io = |source| ProfileError::Io {
            path: folder.clone(),
            source,
        };
        let listing = match std::fs::read_dir(&folder) {
            Ok(listing) => listing,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(io(source)),
        };
        let mut records = Vec::new();
        for entry in listing {
            let path = entry.map_err(io)?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let record: Option<RegistrationRecord> = documents::read_json(&path, VERSION)?;
                records.extend(record.filter(|record| &record.origin == origin));
            }
        }
        records.sort_by_key(|record| record.content_id);
        Ok(records)
    }

    pub(crate) fn put_registration(&self, record: &RegistrationRecord) -> Result<(), ProfileError> {
        documents::write_json(&self.registration_path(&record.content_id), VERSION, record)
    }

    pub(crate) fn remove_registration(&self, content_id: &ContentId) -> Result<(), ProfileError> {
        documents::remove(&self.registration_path(content_id))
    }

    fn registration_path(&self, content_id: &ContentId) -> PathBuf {
        self.registrations_folder().join(format!("{content_id}.json"))
    }

    fn registrations_folder(&self) -> PathBuf {
        self.folder.join("registrations")
    }
}
