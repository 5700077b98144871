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
pub(crate) struct Partial {
    path: PathBuf,
}

impl Partial {
    /// Makes an unfinished file in `folder`, for its user alone, and locks it as a sign of life.
    pub(crate) fn create(folder: &Path) -> io::Result<(File, Self)> {
        loop {
            let partial = Self {
                path: draw_path(folder)?,
            };
            let mut options = OpenOptions::new();
            // Creating anew never follows a link.
            options.read(true).write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let file = options.open(&partial.path)?;
            file.lock()?;
            // Another process may have taken it for an abandoned one before it was locked.
            if partial.path.exists() {
                return Ok((file, partial));
            }
        }
    }

    /// Gives a finished file without a name such a name, so that it can be renamed over another.
    pub(super) fn name(
        path: PathBuf,
        give: impl FnOnce(&Path) -> io::Result<()>,
        file: &File,
    ) -> io::Result<Self> {
        file.lock()?;
        give(&path)?;
        Ok(Self { path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Renames the file over `target`.
    pub(crate) fn replace(mut self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        self.path.clear();
        Ok(())
    }

    /// Renames the file to `target`, which must not exist.
    pub(super) fn rename_to_new(self, target: &Path) -> io::Result<()> {
        // A second name fails when there is such a file; renaming would replace it.
        fs::hard_link(&self.path, target)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            // There is nobody to tell of a failure; the next process tries again.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes what killed processes have left in `folder`. Done once for each folder by a process, as well as it goes.
pub(crate) fn remove_abandoned(folder: &Path) {
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
        if !is_partial(&entry.path()) || !entry.file_type()?.is_file() {
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

/// True for the name of an unfinished file.
pub(crate) fn is_partial(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX))
}

/// A name for an unfinished file in `folder` that nothing else has.
pub(super) fn draw_path(folder: &Path) -> io::Result<PathBuf> {
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
