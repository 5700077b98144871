//! The text in clear while somebody edits it: a file in a private folder that goes away with its session.
//!
//! Before the folder is made, a *record* with its place is written into the profile's `editing/` and locked. The
//! operating system frees the lock when the process ends, however it ends; opening the profile removes the folder of
//! every record whose lock is free. So a killed process leaves its text until the next command at most, and a session
//! that lives is left alone. Removing is what the file system does for any file: blocks of a disk may still hold the text
//! until they are used again, which is why the folder stands in the user's runtime directory, which is memory, where
//! there is one with enough room.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use clausa_core::random::{Randomness, SystemRandom};

use crate::error::ProfileError;
use crate::profile::{Profile, environment};

const FOLDER_PREFIX: &str = "clausa-edit-";
/// Ends the name of a record whose text is to stay until somebody removes it.
const KEPT: &str = ".kept";
/// The name of a text that has none.
const UNNAMED: &str = "document";

/// A text in clear, and everything an editor puts beside it. Dropping it removes both.
#[derive(Debug)]
pub(super) struct PrivateText {
    record: PathBuf,
    folder: PathBuf,
    path: PathBuf,
    /// Held as a sign of life.
    _lock: File,
    is_over: bool,
}

impl PrivateText {
    /// Makes the folder and an empty file called `name` for about `length` bytes, and opens that for writing.
    pub(super) fn create(
        profile: &Profile,
        name: Option<&str>,
        length: u64,
    ) -> Result<(Self, File), ProfileError> {
        let editing = profile.make_editing_folder()?;
        let id = draw_id().map_err(|source| at(&editing, source))?;
        let folder = base(&editing, length).join(format!("{FOLDER_PREFIX}{id}"));
        let record = editing.join(&id);
        // Under the profile's lock, so that nobody takes the record for an abandoned one before it is locked.
        let lock = profile.locked(|| write_record(&record, &folder).map_err(|source| at(&record, source)))?;
        let text = Self {
            record,
            path: folder.join(name.unwrap_or(UNNAMED)),
            folder,
            _lock: lock,
            is_over: false,
        };
        let file = text.make().map_err(|source| at(&text.path, source))?;
        Ok((text, file))
    }

    fn make(&self) -> io::Result<File> {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.folder)?;
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&self.path)
    }

    /// Where the text is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens what is under the text's name now: an editor may have put another file there. Links are not followed.
    pub(super) fn read(&self) -> Result<File, ReadError> {
        match fs::symlink_metadata(&self.path) {
            Ok(there) if there.is_file() => {}
            Ok(_) => return Err(ReadError::NotRegular),
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(ReadError::Missing),
            Err(error) => return Err(ReadError::Io(error)),
        }
        let mut options = File::options();
        options.read(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::custom_flags(
            &mut options,
            rustix::fs::OFlags::NOFOLLOW.bits() as i32,
        );
        options.open(&self.path).map_err(ReadError::Io)
    }

    /// Removes the text and everything beside it.
    ///
    /// # Errors
    ///
    /// What could not be removed, with its reason; opening the profile tries it again.
    pub(super) fn remove(mut self) -> Result<(), (PathBuf, io::Error)> {
        self.is_over = true;
        self.clear().map_err(|error| (self.folder.clone(), error))
    }

    /// Leaves the text where it is, until somebody removes it.
    pub(super) fn keep(mut self) -> PathBuf {
        self.is_over = true;
        let kept = kept_record(&self.record);
        if let Err(error) = fs::rename(&self.record, &kept) {
            tracing::warn!(error = %error, "a text could not be marked as to be kept");
        }
        self.path.clone()
    }

    fn clear(&self) -> io::Result<()> {
        remove_folder(&self.folder)?;
        fs::remove_file(&self.record)
    }
}

impl Drop for PrivateText {
    fn drop(&mut self) {
        if !self.is_over
            && let Err(error) = self.clear()
        {
            tracing::warn!(error = %error, "a text in clear could not be removed");
        }
    }
}

/// Why the text cannot be read again.
#[derive(Debug)]
pub(super) enum ReadError {
    Missing,
    NotRegular,
    Io(io::Error),
}

/// Removes the texts of sessions whose process is gone. As well as it goes: what fails is tried again by the next one.
pub(crate) fn remove_abandoned(profile: &Profile) {
    let editing = profile.editing_folder();
    // Nearly always there is nothing, and then this costs one call.
    let is_empty = fs::read_dir(&editing).map_or(true, |mut entries| entries.next().is_none());
    if is_empty {
        return;
    }
    let done = profile.locked(|| sweep(&editing).map_err(|source| at(&editing, source)));
    if let Err(error) = done {
        tracing::warn!(error = %error, "texts that were being edited could not be looked through");
    }
}

fn sweep(editing: &Path) -> io::Result<()> {
    for entry in fs::read_dir(editing)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let id = name.strip_suffix(KEPT).unwrap_or(name);
        if !is_id(id) {
            continue;
        }
        let is_kept = id != name;
        if let Err(error) = sweep_one(&path, id, is_kept) {
            tracing::warn!(error = %error, "an abandoned text in clear could not be removed");
        }
    }
    Ok(())
}

fn sweep_one(record: &Path, id: &str, is_kept: bool) -> io::Result<()> {
    let mut file = File::options().read(true).write(true).open(record)?;
    // Whoever edits holds it locked, and on a system that cannot lock nothing is known of him.
    if file.try_lock().is_err() {
        return Ok(());
    }
    let mut folder = Vec::new();
    file.read_to_end(&mut folder)?;
    let folder = path_of(folder);
    // A damaged record must not lead to a folder that is not one of ours.
    let expected = format!("{FOLDER_PREFIX}{id}");
    if folder.file_name().and_then(|name| name.to_str()) == Some(&expected) {
        let has_text = fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some());
        if is_kept && has_text {
            return Ok(());
        }
        remove_folder(&folder)?;
    }
    fs::remove_file(record)
}

/// Removes a folder and what is in it, links unfollowed; that it was not there is success.
fn remove_folder(folder: &Path) -> io::Result<()> {
    match fs::symlink_metadata(folder) {
        Ok(there) if there.is_dir() => fs::remove_dir_all(folder),
        Ok(_) => fs::remove_file(folder),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Writes and locks a record, and makes it last: no text in clear without a record that leads to it.
fn write_record(record: &Path, folder: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(record)?;
    if let Err(error) = fill_record(&file, record, folder) {
        let _ = fs::remove_file(record);
        return Err(error);
    }
    Ok(file)
}

fn fill_record(mut file: &File, record: &Path, folder: &Path) -> io::Result<()> {
    file.lock()?;
    file.write_all(folder.as_os_str().as_encoded_bytes())?;
    file.sync_all()?;
    if let Some(parent) = record.parent().filter(|_| cfg!(unix)) {
        File::open(parent)?.sync_all()?;
    }
    Ok(())
}

fn kept_record(record: &Path) -> PathBuf {
    let mut name = record.as_os_str().to_owned();
    name.push(KEPT);
    name.into()
}

/// The folder in which a session's folder is made: memory rather than disk where the system offers it, is private and
/// has room.
fn base(editing: &Path, length: u64) -> PathBuf {
    environment("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|folder| folder.is_absolute() && suits(folder, length))
        .unwrap_or_else(|| editing.to_owned())
}

#[cfg(unix)]
fn suits(folder: &Path, length: u64) -> bool {
    use std::os::unix::fs::MetadataExt;
    let is_private = fs::metadata(folder).is_ok_and(|metadata| {
        let own = metadata.uid() == rustix::process::geteuid().as_raw();
        metadata.is_dir() && own && metadata.mode() & 0o077 == 0
    });
    // An editor writes a second copy beside the first, and grows it.
    let wanted = length.saturating_mul(3).saturating_add(1 << 20);
    is_private
        && rustix::fs::statvfs(folder)
            .is_ok_and(|space| space.f_bavail.saturating_mul(space.f_frsize) >= wanted)
}

#[cfg(not(unix))]
fn suits(_: &Path, _: u64) -> bool {
    false
}

#[cfg(unix)]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    let text: std::ffi::OsString = std::os::unix::ffi::OsStringExt::from_vec(bytes);
    text.into()
}

#[cfg(not(unix))]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8(bytes).unwrap_or_default().into()
}

fn draw_id() -> io::Result<String> {
    let mut bytes = [0_u8; 8];
    SystemRandom.fill(&mut bytes).map_err(io::Error::other)?;
    Ok(format!("{:016x}", u64::from_be_bytes(bytes)))
}

fn is_id(name: &str) -> bool {
    name.len() == 16 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn at(path: &Path, source: io::Error) -> ProfileError {
    ProfileError::Io {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::profile::ProfileDirectory;

    fn profile() -> (tempfile::TempDir, Profile) {
        let folder = tempfile::tempdir().unwrap();
        let profile = Profile::open(ProfileDirectory::at(folder.path().join("profile"))).unwrap();
        (folder, profile)
    }

    /// A record as a killed process leaves it.
    fn leave(profile: &Profile, name: &str, folder: &Path) -> PathBuf {
        let record = profile.make_editing_folder().unwrap().join(name);
        fs::write(&record, folder.as_os_str().as_encoded_bytes()).unwrap();
        record
    }

    fn make_text(folder: &Path) -> PathBuf {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("a.txt"), b"text").unwrap();
        folder.to_owned()
    }

    /// SEC-131
    #[test]
    fn what_is_abandoned_goes_and_nothing_else() {
        const ID: &str = "0011223344556677";
        let (root, profile) = profile();
        let own = root.path().join(format!("clausa-edit-{ID}"));

        let record = leave(&profile, ID, &make_text(&own));
        remove_abandoned(&profile);
        assert!(!own.exists() && !record.exists());

        let record = leave(&profile, &format!("{ID}.kept"), &make_text(&own));
        remove_abandoned(&profile);
        assert!(own.exists() && record.exists(), "kept until somebody removes it");
        fs::remove_file(own.join("a.txt")).unwrap();
        remove_abandoned(&profile);
        assert!(!own.exists() && !record.exists());

        // Neither a damaged record nor a link leads to anything else.
        let foreign = make_text(&root.path().join("documents"));
        let record = leave(&profile, ID, &foreign);
        remove_abandoned(&profile);
        assert!(foreign.join("a.txt").exists() && !record.exists());
        std::os::unix::fs::symlink(&foreign, &own).unwrap();
        leave(&profile, ID, &own);
        remove_abandoned(&profile);
        assert!(foreign.join("a.txt").exists() && !own.exists());
        let other = leave(&profile, "notes", &foreign);
        let empty = leave(&profile, "ffffffffffffffff", Path::new(""));
        remove_abandoned(&profile);
        assert!(other.exists() && !empty.exists());
    }

    /// SEC-131
    #[test]
    fn a_living_session_is_left_alone() {
        let (_root, profile) = profile();
        let (text, file) = PrivateText::create(&profile, None, 4).unwrap();
        drop(file);
        remove_abandoned(&profile);
        assert!(text.path().ends_with("document") && text.path().exists());
        let path = text.path().to_owned();
        drop(text);
        assert!(!path.exists());
        assert_eq!(fs::read_dir(profile.editing_folder()).unwrap().count(), 0);
    }
}
