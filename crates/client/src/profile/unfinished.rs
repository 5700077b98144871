//! Files with content in clear that have a name which they must not keep.
//!
//! The record of such a name is on disk before the file has it, and is locked by its process. What a killed process has
//! left is removed, file and record, when the profile is opened the next time.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use clausa_core::random::{Randomness, SystemRandom};
use serde::{Deserialize, Serialize};

use super::{Profile, VERSION, documents};
use crate::error::ProfileError;
use crate::file::partial;

/// What a record holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    path: PathBuf,
}

/// A record whose process lives. Dropping it removes the record, unless the file is still there.
#[derive(Debug)]
pub(crate) struct Unfinished {
    record: PathBuf,
    path: PathBuf,
    _lock: File,
}

impl Profile {
    /// Writes down that the file at `path`, which has the name of an unfinished file, is to be removed.
    pub(crate) fn note_unfinished(&self, path: &Path) -> Result<Unfinished, ProfileError> {
        let folder = self.unfinished_folder();
        documents::make_folder(&folder)?;
        let io = |source| ProfileError::Io {
            path: folder.clone(),
            source,
        };
        let path = std::path::absolute(path).map_err(io)?;
        let mut bytes = [0_u8; 8];
        SystemRandom
            .fill(&mut bytes)
            .map_err(|error| io(io::Error::other(error)))?;
        let record = folder.join(format!("{:016x}.json", u64::from_be_bytes(bytes)));
        let written = documents::write_json_locked(&record, VERSION, Record { path: path.clone() });
        let lock = written.inspect_err(|_| {
            // It may be there without being certain to last.
            let _ = fs::remove_file(&record);
        })?;
        Ok(Unfinished {
            record,
            path,
            _lock: lock,
        })
    }

    /// Removes what killed processes have left, as well as it goes.
    pub(super) fn remove_unfinished(&self) {
        // Nearly always there is no such folder, and this costs one call.
        let Ok(entries) = fs::read_dir(self.unfinished_folder()) else {
            return;
        };
        partial::remove_abandoned(&self.unfinished_folder());
        for path in entries.flatten().map(|entry| entry.path()) {
            let is_record = path.extension().is_some_and(|extension| extension == "json");
            if is_record && let Err(error) = remove_one(&path) {
                tracing::warn!(error = %error, "a file that a killed process left could not be removed");
            }
        }
    }

    fn unfinished_folder(&self) -> PathBuf {
        self.folder.join("unfinished")
    }
}

fn remove_one(record: &Path) -> Result<(), ProfileError> {
    let io = |source| ProfileError::Io {
        path: record.to_owned(),
        source,
    };
    let lock = File::open(record).map_err(io)?;
    if lock.try_lock().is_err() {
        return Ok(());
    }
    let Some(Record { path }) = documents::read_json(record, VERSION)? else {
        return Ok(());
    };
    // A damaged record must not remove what is somebody's.
    if partial::is_partial(&path) {
        // On a disk that is not there at the moment it may be there later.
        if !path.parent().is_some_and(Path::is_dir) {
            return Ok(());
        }
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(io(error)),
            _ => {}
        }
    }
    documents::remove(record)
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if matches!(fs::symlink_metadata(&self.path), Err(error) if error.kind() == ErrorKind::NotFound) {
            // There is nobody to tell of a failure; the next process tries again.
            let _ = fs::remove_file(&self.record);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::ProfileDirectory;

    fn records(profile: &Profile) -> usize {
        fs::read_dir(profile.unfinished_folder()).map_or(0, Iterator::count)
    }

    /// SEC-54
    #[test]
    fn what_a_killed_process_left_is_removed_when_the_profile_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Profile::open(ProfileDirectory::at(folder.path().join("profile"))).unwrap();
        let (profile, work) = (open(), folder.path().join("work"));
        fs::create_dir(&work).unwrap();
        let [gone, alive] = [1, 2].map(|n| work.join(format!(".clausa-{n:016}.partial")));
        let precious = work.join("precious");
        for path in [&gone, &alive, &precious] {
            fs::write(path, b"content in clear").unwrap();
        }
        let living = profile.note_unfinished(&alive).unwrap();
        for path in [&gone, &precious] {
            // As after a kill: the lock is free, and the record is there.
            drop(profile.note_unfinished(path).unwrap());
        }
        assert_eq!(records(&profile), 3);
        open();
        assert_eq!(
            (gone.exists(), alive.exists(), precious.exists()),
            (false, true, true)
        );
        assert_eq!(records(&profile), 1);
        fs::remove_file(&alive).unwrap();
        drop(living);
        assert_eq!(records(&profile), 0);
    }

    #[test]
    fn a_disk_that_is_away_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Profile::open(ProfileDirectory::at(folder.path().join("profile"))).unwrap();
        let (disk, away) = (folder.path().join("disk"), folder.path().join("away"));
        fs::create_dir(&disk).unwrap();
        let left = disk.join(".clausa-0011223344556677.partial");
        fs::write(&left, b"content in clear").unwrap();
        drop(open().note_unfinished(&left).unwrap());
        fs::rename(&disk, &away).unwrap();
        assert_eq!(records(&open()), 1);
        fs::rename(&away, &disk).unwrap();
        assert_eq!(records(&open()), 0);
        assert!(!left.exists());
    }
}
