//! Files protected offline that the authority is still to be told of: a file for each of them, or for a group of them
//! that were protected together.

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

/// What one file of the folder holds.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Kept {
    Group { records: Vec<RegistrationRecord> },
    One(RegistrationRecord),
}

/// The same, for writing.
#[derive(Serialize)]
#[serde(untagged)]
enum Keep<'a> {
    Group { records: &'a [&'a RegistrationRecord] },
    One(&'a RegistrationRecord),
}

/// The records of one file of the folder.
#[derive(Debug)]
pub(crate) struct PendingGroup {
    path: PathBuf,
    pub(crate) records: Vec<RegistrationRecord>,
}

/// Most bytes of licences in one file: what is read back has to fit into memory.
const MOST_BYTES: usize = 4 << 20;

impl Profile {
    /// What the authority at `origin` is to be told of.
    pub(crate) fn registrations(&self, origin: &Origin) -> Result<Vec<RegistrationRecord>, ProfileError> {
        let groups = self.pending_groups()?.into_iter();
        Ok(groups
            .flat_map(|group| group.records)
            .filter(|record| &record.origin == origin)
            .collect())
    }

    /// The same for all authorities, as it is kept.
    pub(crate) fn pending_groups(&self) -> Result<Vec<PendingGroup>, ProfileError> {
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
        let mut groups = Vec::new();
        for entry in listing {
            let path = entry.map_err(io)?.path();
            if path.extension().is_some_and(|extension| extension == "json")
                && let Some(kept) = documents::read_json(&path, VERSION)?
            {
                let records = match kept {
                    Kept::Group { records } => records,
                    Kept::One(record) => vec![record],
                };
                groups.push(PendingGroup { path, records });
            }
        }
        groups.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(groups)
    }

    /// Keeps records; for many of them that takes one flush, not one each.
    pub(crate) fn put_registrations(&self, records: &[&RegistrationRecord]) -> Result<(), ProfileError> {
        let mut rest = records;
        while let Some(first) = rest.first() {
            let mut bytes = 0;
            let more = rest.iter().skip(1).take_while(|record| {
                bytes += record.publishing_licence.0.len();
                bytes < MOST_BYTES
            });
            let (group, others) = rest.split_at(1 + more.count());
            documents::write_json(&self.registration_path(&first.content_id), VERSION, keep(group))?;
            rest = others;
        }
        Ok(())
    }

    /// Forgets the records of one file of the folder that `is_done` names.
    pub(crate) fn settle_group(
        &self,
        group: &PendingGroup,
        is_done: impl Fn(&ContentId) -> bool,
    ) -> Result<(), ProfileError> {
        let left: Vec<_> = group
            .records
            .iter()
            .filter(|record| !is_done(&record.content_id))
            .collect();
        match left.as_slice() {
            [] => documents::remove(&group.path),
            left if left.len() == group.records.len() => Ok(()),
            left => documents::write_json(&group.path, VERSION, keep(left)),
        }
    }

    /// Forgets these records.
    pub(crate) fn remove_registrations(&self, records: &[ContentId]) -> Result<(), ProfileError> {
        if records.is_empty() {
            return Ok(());
        }
        for group in self.pending_groups()? {
            self.settle_group(&group, |id| records.contains(id))?;
        }
        Ok(())
    }

    fn registration_path(&self, content_id: &ContentId) -> PathBuf {
        self.registrations_folder().join(format!("{content_id}.json"))
    }

    fn registrations_folder(&self) -> PathBuf {
        self.folder.join("registrations")
    }
}

fn keep<'a>(records: &'a [&'a RegistrationRecord]) -> Keep<'a> {
    match records {
        [one] => Keep::One(one),
        records => Keep::Group { records },
    }
}
