//! Which version of a file was opened, and whether it is still the one under its name.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use clausa_core::certificate::TrustAnchors;
use clausa_core::id::LicenceDigest;
use clausa_core::open::{OpenError as CoreError, outline_seal, read_header};
use clausa_core::seal::SealReport;

use crate::error::EditError;

/// How long another process's save of the same file is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to sleep between two looks.
const PAUSE: Duration = Duration::from_millis(15);

/// A body under a licence. Each has its own root: the random numbers of its segments are in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    digest: LicenceDigest,
    revision: u64,
    root: [u8; 32],
}

impl Version {
    pub(crate) fn new(digest: LicenceDigest, seal: &SealReport) -> Self {
        Self {
            digest,
            revision: seal.revision,
            root: seal.root,
        }
    }

    /// Makes sure that the file at `path` is this version and keeps other processes of this program from replacing it
    /// while the returned handle lives.
    ///
    /// # Errors
    ///
    /// [`EditError::Changed`] when it is another version, or somebody is saving one at this moment.
    pub(crate) fn hold(&self, path: &Path, anchors: &TrustAnchors) -> Result<File, EditError> {
        let changed = || EditError::Changed {
            path: path.to_owned(),
        };
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => changed(),
            _ => EditError::Io {
                path: path.to_owned(),
                source,
            },
        };
        let begun = Instant::now();
        loop {
            // A link in its place is not followed.
            if !fs::symlink_metadata(path).map_err(failed)?.is_file() {
                return Err(changed());
            }
            let mut file = open_for_saving(path).map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(fs::TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => {
                    std::thread::sleep(PAUSE);
                    continue;
                }
                Err(fs::TryLockError::WouldBlock) => return Err(changed()),
                // Some network file systems have no locks: then only the versions are compared.
                Err(fs::TryLockError::Error(error)) => {
                    tracing::debug!(error = %error, "a file cannot be locked");
                }
            }
            // Whoever held the lock may have put another file under the name.
            if !is_same_file(&file, path).map_err(failed)? {
                continue;
            }
            return match Self::read(&mut file, anchors) {
                Ok(found) if found == *self => Ok(file),
                Ok(_) => Err(changed()),
                Err(CoreError::Io(error)) => Err(failed(error.0)),
                Err(_) => Err(changed()),
            };
        }
    }

    fn read(file: &mut File, anchors: &TrustAnchors) -> Result<Self, CoreError> {
        let header = read_header(&mut *file)?.verify(anchors)?;
        let outline = outline_seal(file, &header)?;
        Ok(Self::new(header.digest(), &outline.report))
    }
}

/// Opens a file that is about to be replaced. A file that its user may not write is not replaced either, although its
/// folder would let him.
pub(super) fn open_for_saving(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        (rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits() as i32,
    );
    options.open(path)
}

#[cfg(unix)]
fn is_same_file(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let (open, named) = (file.metadata()?, fs::symlink_metadata(path)?);
    Ok((open.dev(), open.ino()) == (named.dev(), named.ino()))
}

#[cfg(not(unix))]
fn is_same_file(_: &File, _: &Path) -> io::Result<bool> {
    // An open file cannot be replaced here.
    Ok(true)
}
