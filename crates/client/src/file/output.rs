//! An output that appears complete under its name, or not at all (SEC-53, SEC-54, SEC-59, SEC-62).
//!
//! The bytes go to a file without a name in the output's folder, where the system has such files; a killed process
//! then leaves nothing. Elsewhere they go to a file whose name begins with `.clausa-` and ends with `.partial`, which
//! its process holds locked: the next output to the same folder removes those whose process is gone.
//!
//! No system gives a file without a name the name of another file at once, so that replacing one takes two steps there
//! too: such a name, and then the other's. For content in clear the name is written down in the profile before it is
//! given, and the next command with this profile removes what a process killed in between has left.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::partial::{self, Partial};
use crate::error::ProfileError;
use crate::profile::{Profile, Unfinished};

/// An output that is being written.
pub(crate) enum Output {
    /// A file.
    File(Pending),
    /// Standard output: what is written is gone.
    Standard(io::Stdout),
}

/// A file that is being written.
#[derive(Debug)]
pub(crate) struct Pending {
    target: PathBuf,
    overwrite: bool,
    file: File,
    /// The name it has meanwhile; `None` for a file without one.
    partial: Option<Partial>,
    /// The profile that remembers such a name, for content in clear.
    profile: Option<Profile>,
    /// Its record of the name. Dropped last, when the name is gone.
    record: Option<Unfinished>,
}

/// Why an output cannot be begun or finished.
#[derive(Debug)]
pub(crate) enum OutputError {
    Exists {
        path: PathBuf,
    },
    NotRegular {
        path: PathBuf,
    },
    Io {
        path: PathBuf,
        source: io::Error,
    },
    /// The file has replaced the old one and is complete, but a power cut may bring the old one back.
    Unconfirmed {
        path: PathBuf,
        source: io::Error,
    },
    Profile(ProfileError),
}

/// An output that has its name, which a power cut may still take away.
#[derive(Debug)]
pub(crate) struct Placed {
    path: PathBuf,
    /// `None` for standard output.
    file: Option<File>,
    /// True when it may have taken the place of another file.
    replaced: bool,
}

impl Placed {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Takes note of how flushing the folder went. A new file whose name may not last is removed; one that has replaced
    /// another stays, because that one is gone.
    pub(crate) fn confirm(self, flushed: io::Result<()>) -> Result<PathBuf, OutputError> {
        let path = self.path;
        match flushed {
            Ok(()) => Ok(path),
            Err(source) if self.replaced => Err(OutputError::Unconfirmed { path, source }),
            Err(source) => {
                // Unless somebody has put another one there meanwhile.
                if self.file.is_some_and(|file| is_same(&file, &path)) {
                    let _ = fs::remove_file(&path);
                }
                Err(OutputError::Io { path, source })
            }
        }
    }
}

impl Output {
    /// Begins a protected file at `target`, which must not exist unless `overwrite`.
    pub(crate) fn file(target: &Path, overwrite: bool) -> Result<Self, OutputError> {
        Self::begin(target, overwrite, None)
    }

    /// Begins a file with content in clear. `profile` remembers its name as long as that is not its own.
    pub(crate) fn in_clear(target: &Path, overwrite: bool, profile: &Profile) -> Result<Self, OutputError> {
        Self::begin(target, overwrite, Some(profile))
    }

    fn begin(target: &Path, overwrite: bool, profile: Option<&Profile>) -> Result<Self, OutputError> {
        check_target(target, overwrite)?;
        let folder = folder_of(target);
        let io = |source| OutputError::Io {
            path: target.to_owned(),
            source,
        };
        partial::remove_abandoned(folder);
        let (file, partial) = match nameless_file(folder).map_err(io)? {
            Some(file) => (file, None),
            None => {
                let (file, partial) = Partial::create(folder).map_err(io)?;
                (file, Some(partial))
            }
        };
        let mut pending = Pending {
            target: target.to_owned(),
            overwrite,
            file,
            partial,
            profile: profile.cloned(),
            record: None,
        };
        if let Some(partial) = &pending.partial {
            pending.record = pending.note(partial.path())?;
        }
        Ok(Self::File(pending))
    }

    pub(crate) fn standard() -> Self {
        Self::Standard(io::stdout())
    }

    /// The file, to write at any place in it; `None` for standard output.
    pub(crate) fn storage(&self) -> Option<&File> {
        match self {
            Self::File(pending) => Some(&pending.file),
            Self::Standard(_) => None,
        }
    }

    /// The output's path, for messages.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::File(pending) => &pending.target,
            Self::Standard(_) => Path::new("-"),
        }
    }

    /// Gives the file other permissions than "its user alone". Without effect where there are none.
    pub(crate) fn set_mode(&self, mode: Option<u32>) -> Result<(), OutputError> {
        match (self, mode) {
            (Self::File(pending), Some(mode)) => {
                set_mode(&pending.file, mode).map_err(|source| pending.io(source))
            }
            _ => Ok(()),
        }
    }

    /// Gives the file another group than its user's own, where its user is in that group. Without effect elsewhere.
    pub(crate) fn set_group(&self, group: Option<u32>) {
        if let (Self::File(pending), Some(group)) = (self, group) {
            set_group(&pending.file, group);
        }
    }

    /// Makes everything written last through a power cut. Slow; separate from [`commit`](Self::commit) so that
    /// whatever else has to succeed can come between.
    pub(crate) fn flush_to_disk(&mut self) -> Result<(), OutputError> {
        let written = match self {
            Self::File(pending) => pending.file.sync_all(),
            Self::Standard(out) => out.flush(),
        };
        written.map_err(|source| OutputError::Io {
            path: self.path().to_owned(),
            source,
        })
    }

    /// Gives the file its name, for good.
    pub(crate) fn commit(self) -> Result<PathBuf, OutputError> {
        let placed = self.give_name()?;
        let flushed = match &placed.file {
            Some(_) => sync_folder(folder_of(&placed.path)),
            None => Ok(()),
        };
        placed.confirm(flushed)
    }

    /// Gives the file its name, which a power cut may still take away until the folder is flushed.
    pub(crate) fn give_name(self) -> Result<Placed, OutputError> {
        match self {
            Self::File(pending) => pending.give_name(),
            Self::Standard(_) => Ok(Placed {
                path: PathBuf::from("-"),
                file: None,
                replaced: false,
            }),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(pending) => pending.file.write(bytes),
            Self::Standard(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(pending) => pending.file.flush(),
            Self::Standard(out) => out.flush(),
        }
    }
}

impl Pending {
    fn give_name(mut self) -> Result<Placed, OutputError> {
        let folder = folder_of(&self.target);
        // Somebody may have been faster since the beginning. A new name is never given over an old one anyway.
        if self.overwrite {
            check_target(&self.target, true)?;
        }
        let done = match (self.partial.take(), self.overwrite) {
            (None, false) => name_nameless(&self.file, &self.target),
            (None, true) => {
                let path = partial::draw_path(folder).map_err(|source| self.io(source))?;
                self.record = self.note(&path)?;
                Partial::name(path, |name| name_nameless(&self.file, name), &self.file)
                    .and_then(|partial| partial.replace(&self.target))
            }
            (Some(partial), false) => partial.rename_to_new(&self.target),
            (Some(partial), true) => partial.replace(&self.target),
        };
        match done {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                check_target(&self.target, false)?;
                return Err(OutputError::Exists { path: self.target });
            }
            Err(source) => return Err(self.io(source)),
        }
        Ok(Placed {
            path: self.target,
            file: Some(self.file),
            replaced: self.overwrite,
        })
    }

    fn note(&self, path: &Path) -> Result<Option<Unfinished>, OutputError> {
        let noted = self.profile.as_ref().map(|profile| profile.note_unfinished(path));
        noted.transpose().map_err(OutputError::Profile)
    }

    fn io(&self, source: io::Error) -> OutputError {
        OutputError::Io {
            path: self.target.clone(),
            source,
        }
    }
}

fn check_target(target: &Path, overwrite: bool) -> Result<(), OutputError> {
    match fs::symlink_metadata(target) {
        Ok(there) if !there.is_file() => Err(OutputError::NotRegular {
            path: target.to_owned(),
        }),
        Ok(_) if !overwrite => Err(OutputError::Exists {
            path: target.to_owned(),
        }),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(source) => Err(OutputError::Io {
            path: target.to_owned(),
            source,
        }),
    }
}

pub(crate) fn folder_of(target: &Path) -> &Path {
    match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(target_os = "linux")]
use super::nameless::{create as nameless_file, name as name_nameless};

#[cfg(not(target_os = "linux"))]
fn nameless_file(_: &Path) -> io::Result<Option<File>> {
    Ok(None)
}

#[cfg(not(target_os = "linux"))]
fn name_nameless(_: &File, _: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

#[cfg(unix)]
fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &File, _: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn is_same(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(file), Ok(there)) => (file.dev(), file.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_same(_: &File, _: &Path) -> bool {
    false
}

#[cfg(unix)]
fn set_group(file: &File, group: u32) {
    // Who may not give it keeps his own group, as with every other program that replaces files.
    let _ = std::os::unix::fs::fchown(file, None, Some(group));
}

#[cfg(not(unix))]
fn set_group(_: &File, _: u32) {}

pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn begun(target: &Path, overwrite: bool) -> Output {
        Output::file(target, overwrite).unwrap()
    }

    fn with_name(target: &Path, overwrite: bool) -> Output {
        let (file, partial) = Partial::create(folder_of(target)).unwrap();
        Output::File(Pending {
            target: target.to_owned(),
            overwrite,
            file,
            partial: Some(partial),
            profile: None,
            record: None,
        })
    }

    /// SEC-53, SEC-54: nothing is to be seen before the end, and dropping leaves nothing. With and without names.
    #[test]
    fn the_output_appears_complete_or_not_at_all() {
        for begin in [begun, with_name] {
            let folder = tempfile::tempdir().unwrap();
            let target = folder.path().join("out");
            let mut output = begin(&target, false);
            output.write_all(b"half").unwrap();
            assert!(!target.exists());
            drop(output);
            assert_eq!(names(folder.path()), Vec::<String>::new());

            let mut output = begin(&target, false);
            output.write_all(b"whole").unwrap();
            output.flush_to_disk().unwrap();
            assert_eq!(output.commit().unwrap(), target);
            assert_eq!(fs::read(&target).unwrap(), b"whole");
            assert_eq!(names(folder.path()), ["out"]);
        }
    }

    #[cfg(unix)]
    #[test]
    fn an_output_is_its_users_alone() {
        use std::os::unix::fs::PermissionsExt;
        for begin in [begun, with_name] {
            let folder = tempfile::tempdir().unwrap();
            let target = folder.path().join("out");
            begin(&target, false).commit().unwrap();
            assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    /// SEC-59
    #[test]
    fn an_existing_output_stays_unless_overwriting_was_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out");
        fs::write(&target, b"old").unwrap();
        assert!(matches!(
            Output::file(&target, false),
            Err(OutputError::Exists { .. })
        ));
        for begin in [begun, with_name] {
            let mut output = begin(&target, true);
            output.write_all(b"new").unwrap();
            drop(output);
            assert_eq!(fs::read(&target).unwrap(), b"old");
            let mut output = begin(&target, true);
            output.write_all(b"new").unwrap();
            output.commit().unwrap();
            assert_eq!(fs::read(&target).unwrap(), b"new");
            assert_eq!(names(folder.path()), ["out"]);
            fs::write(&target, b"old").unwrap();
        }
    }

    /// SEC-59
    #[cfg(unix)]
    #[test]
    fn links_and_folders_are_refused_even_when_overwriting() {
        let folder = tempfile::tempdir().unwrap();
        let (victim, link) = (folder.path().join("victim"), folder.path().join("link"));
        fs::write(&victim, b"precious").unwrap();
        std::os::unix::fs::symlink(&victim, &link).unwrap();
        let dangling = folder.path().join("dangling");
        std::os::unix::fs::symlink(folder.path().join("nowhere"), &dangling).unwrap();
        for target in [&link, &dangling, &folder.path().to_owned()] {
            assert!(
                matches!(Output::file(target, true), Err(OutputError::NotRegular { .. })),
                "{}",
                target.display()
            );
        }
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
    }

    /// SEC-62
    #[test]
    fn of_two_outputs_with_one_name_the_first_wins() {
        for begin in [begun, with_name] {
            let folder = tempfile::tempdir().unwrap();
            let target = folder.path().join("out");
            let (mut first, mut second) = (begin(&target, false), begin(&target, false));
            first.write_all(b"first").unwrap();
            second.write_all(b"second").unwrap();
            first.commit().unwrap();
            assert!(matches!(second.commit(), Err(OutputError::Exists { .. })));
            assert_eq!(fs::read(&target).unwrap(), b"first");
            assert_eq!(names(folder.path()), ["out"]);
        }
    }

    #[test]
    fn a_missing_folder_is_said_to_be_missing() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("nowhere").join("out");
        let Err(OutputError::Io { source, .. }) = Output::file(&target, false) else {
            panic!("it is not there")
        };
        assert_eq!(source.kind(), ErrorKind::NotFound);
    }
}
