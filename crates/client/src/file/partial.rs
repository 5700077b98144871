//! Files that have a name of their own until they are complete.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

use clausa_core::random::{Randomness, SystemRandom};

const PREFIX: &str = ".clausa-";
const SUFFIX: &str = ".partial";

/// The name of an unfinished file; the file is removed when this is dropped.
#[derive(Debug)]
pub(super) struct Partial {
    path: PathBuf,
}

impl Partial {
    /// Makes an unfinished file in `folder`, for its user alone, and locks it as a sign of life.
    pub(super) fn create(folder: &Path) -> io::Result<(File, Self)> {
        let path = draw_path(folder)?;
        let mut options = OpenOptions::new();
        // Creating anew never follows a link.
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        let partial = Self { path };
        file.lock()?;
        Ok((file, partial))
    }

    /// Gives a finished file without a name such a name, so that it can be renamed over another.
    pub(super) fn name(
        folder: &Path,
        give: impl FnOnce(&Path) -> io::Result<()>,
        file: &File,
    ) -> io::Result<Self> {
        let path = draw_path(folder)?;
        file.lock()?;
        give(&path)?;
        Ok(Self { path })
    }

    /// Renames the file over `target`.
    pub(super) fn replace(self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)
        // Dropping then finds nothing to remove.
    }

    /// Renames the file to `target`, which must not exist.
    pub(super) fn rename_to_new(self, target: &Path) -> io::Result<()> {
        // A second name fails when there is such a file; renaming would replace it.
        fs::hard_link(&self.path, target)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // It may have been renamed, and there is nobody to tell of a failure.
        let _ = fs::remove_file(&self.path);
    }
}

/// Removes what killed processes have left in `folder`. Done once for each folder by a process, as well as it goes.
pub(super) fn remove_abandoned(folder: &Path) {
    static DONE: LazyLock<Mutex<HashSet<PathBuf>>> = LazyLock::new(Mutex::default);
    let is_new = DONE
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(folder.to_owned());
    if is_new {
        let _ = sweep(folder);
    }
}

fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_ours = name
            .to_str()
            .is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX));
        if !is_ours || !entry.file_type()?.is_file() {
            continue;
        }
        let Ok(file) = File::open(entry.path()) else {
            continue;
        };
        // Whoever writes one holds it locked; who can lock it is alone with it.
        if file.try_lock().is_ok() {
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

fn draw_path(folder: &Path) -> io::Result<PathBuf> {
    let mut bytes = [0_u8; 8];
    SystemRandom.fill(&mut bytes).map_err(io::Error::other)?;
    Ok(folder.join(format!("{PREFIX}{:016x}{SUFFIX}", u64::from_be_bytes(bytes))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SEC-54
    #[test]
    fn what_a_killed_process_left_is_removed_and_what_a_living_one_writes_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let abandoned = folder.path().join(".clausa-0011223344556677.partial");
        let foreign = folder.path().join("notes.partial");
        fs::write(&abandoned, b"half").unwrap();
        fs::write(&foreign, b"mine").unwrap();
        let (_file, living) = Partial::create(folder.path()).unwrap();
        sweep(folder.path()).unwrap();
        assert!(!abandoned.exists());
        assert!(foreign.exists());
        assert!(living.path.exists());
    }
}
