//! The data folder: made on the first start, readable by the authority's user alone.
//!
//! ```text
//! DATA/                0700
//!   authority.db       the database (SQLite, WAL)
//!   origin             the origin that every protected file names; kept for life
//!   keys/              0700
//!     kek              0600  seals every secret column of the database
//!     pepper           0600  goes into every password hash
//!     code-key         0600  goes into every stored code
//!   outbox/            mails as files, when no relay is configured
//! ```
//!
//! The database is worth nothing without `keys/`, and the other way round: keep their backups apart.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use clausa_core::origin::Origin;
use clausa_core::random::{Randomness, RandomnessFailed, SystemRandom};
use zeroize::Zeroizing;

use crate::config::is_exposed;

/// An opened data folder.
pub(crate) struct DataFolder {
    path: PathBuf,
    pub(crate) kek: Zeroizing<[u8; 32]>,
    pub(crate) pepper: Zeroizing<[u8; 32]>,
    pub(crate) code_key: Zeroizing<[u8; 32]>,
}

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataFolderError {
    /// Others may read it or a key in it.
    #[error("others may read {}: run `chmod go= {}`", .0.display(), .0.display())]
    Exposed(PathBuf),
    /// A key file has another length than it was written with.
    #[error("{} is damaged: put it back from the backup of the keys folder", .0.display())]
    Damaged(PathBuf),
    /// There is no authority's data.
    #[error("there is no authority in {}", .0.display())]
    NoDatabase(PathBuf),
    /// There is a database but its key is gone; making a new key would hide that nothing opens any more.
    #[error("{} is missing while there is a database: put it back from the backup of the keys folder", .0.display())]
    KeyMissing(PathBuf),
    /// A file or folder cannot be made, read or written.
    #[error("cannot use {}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No key could be drawn.
    #[error("a new key cannot be drawn")]
    Randomness(#[from] RandomnessFailed),
}

impl DataFolder {
    /// Opens the folder and makes what is missing.
    pub(crate) fn open(path: &Path, rng: &mut dyn Randomness) -> Result<Self, DataFolderError> {
        let keys = path.join("keys");
        for folder in [path, &keys] {
            make_private_folder(folder).map_err(|source| io_error(folder, source))?;
            refuse_exposed(folder)?;
            // A key that a power failure can take back would leave a database that nobody can read.
            sync_parent(folder).map_err(|source| io_error(folder, source))?;
        }
        refuse_exposed_database(path)?;
        let is_new = !path.join(DATABASE).exists();
        let mut key = |name: &str| read_or_make_key(&keys.join(name), is_new, rng);
        Ok(Self {
            kek: key("kek")?,
            pepper: key("pepper")?,
            code_key: key("code-key")?,
            path: path.to_owned(),
        })
    }

    /// Opens a folder with an authority's database, and makes nothing.
    pub(crate) fn open_existing(path: &Path) -> Result<Self, DataFolderError> {
        if !path.join(DATABASE).is_file() {
            return Err(DataFolderError::NoDatabase(path.to_owned()));
        }
        Self::open_keys(path)
    }

    /// Opens a folder with an authority's keys, wherever its database is, and makes nothing.
    pub(crate) fn open_keys(path: &Path) -> Result<Self, DataFolderError> {
        let keys = path.join("keys");
        if !path.exists() {
            return Err(DataFolderError::NoDatabase(path.to_owned()));
        }
        refuse_exposed(path)?;
        if keys.exists() {
            refuse_exposed(&keys)?;
        }
        refuse_exposed_database(path)?;
        let key = |name: &str| read_or_make_key(&keys.join(name), false, &mut SystemRandom);
        Ok(Self {
            kek: key("kek")?,
            pepper: key("pepper")?,
            code_key: key("code-key")?,
            path: path.to_owned(),
        })
    }

    /// Refuses a folder that others may enter.
    pub(crate) fn check_private(path: &Path) -> Result<(), DataFolderError> {
        refuse_exposed(path)
    }

    /// The database.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    /// Where mails go when no relay is configured.
    pub(crate) fn outbox(&self) -> PathBuf {
        self.path.join("outbox")
    }

    /// The origin of earlier starts.
    pub(crate) fn origin(&self) -> Result<Option<Origin>, DataFolderError> {
        let path = self.path.join(ORIGIN);
        match fs::read_to_string(&path) {
            Ok(text) => text
                .trim_end()
                .parse()
                .map(Some)
                .map_err(|_| DataFolderError::Damaged(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(io_error(&path, source)),
        }
    }

    /// Keeps the origin for the next start.
    pub(crate) fn remember_origin(&self, origin: &Origin) -> Result<(), DataFolderError> {
        let path = self.path.join(ORIGIN);
        write_new(&path, format!("{origin}\n").as_bytes()).map_err(|source| io_error(&path, source))
    }
}

/// The database's file.
pub(crate) const DATABASE: &str = "authority.db";
/// The file with the origin.
pub(crate) const ORIGIN: &str = "origin";
/// The folder of the keys, and its files.
pub(crate) const KEYS: (&str, [&str; 3]) = ("keys", ["kek", "pepper", "code-key"]);

/// The database holds names and addresses; SQLite gives the files beside it the same permissions.
fn refuse_exposed_database(path: &Path) -> Result<(), DataFolderError> {
    for name in [DATABASE, "authority.db-wal", "authority.db-shm"] {
        let file = path.join(name);
        match refuse_exposed(&file) {
            Err(DataFolderError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            other => other?,
        }
    }
    Ok(())
}

fn read_or_make_key(
    path: &Path,
    may_make: bool,
    rng: &mut dyn Randomness,
) -> Result<Zeroizing<[u8; 32]>, DataFolderError> {
    let mut key = Zeroizing::new([0; 32]);
    match File::open(path) {
        Ok(mut file) => {
            refuse_exposed(path)?;
            let damaged = |_| DataFolderError::Damaged(path.to_owned());
            file.read_exact(&mut *key).map_err(damaged)?;
            match file.read(&mut [0]) {
                Ok(0) => Ok(key),
                _ => Err(DataFolderError::Damaged(path.to_owned())),
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && may_make => {
            rng.fill(&mut *key)?;
            write_new(path, &*key).map_err(|source| io_error(path, source))?;
            Ok(key)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(DataFolderError::KeyMissing(path.to_owned()))
        }
        Err(source) => Err(io_error(path, source)),
    }
}

fn io_error(path: &Path, source: io::Error) -> DataFolderError {
    DataFolderError::Io {
        path: path.to_owned(),
        source,
    }
}

fn refuse_exposed(path: &Path) -> Result<(), DataFolderError> {
    match is_exposed(path) {
        Ok(false) => Ok(()),
        Ok(true) => Err(DataFolderError::Exposed(path.to_owned())),
        Err(source) => Err(io_error(path, source)),
    }
}

/// Writes a file that is not there yet, readable by its user alone, and makes it durable.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    sync_parent(path)
}

/// Makes the name of a new file or folder durable, where the system can.
pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if cfg!(unix) => {
            let parent = if parent.as_os_str().is_empty() {
                Path::new(".")
            } else {
                parent
            };
            File::open(parent)?.sync_all()
        }
        _ => Ok(()),
    }
}

pub(crate) fn make_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use clausa_core::random::SystemRandom;

    use super::{DataFolder, DataFolderError};

    fn mode(path: &std::path::Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_first_start_makes_private_keys_and_the_second_reads_them() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        let first = DataFolder::open(&path, &mut SystemRandom).unwrap();
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&path.join("keys")), 0o700);
        assert_eq!(mode(&path.join("keys/kek")), 0o600);
        let second = DataFolder::open(&path, &mut SystemRandom).unwrap();
        assert_eq!(first.kek, second.kek);
        assert_ne!(first.kek, first.pepper);
    }

    #[test]
    fn exposed_keys_are_refused() {
        // SEC-122
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        DataFolder::open(&path, &mut SystemRandom).unwrap();
        let kek = path.join("keys/kek");
        fs::set_permissions(&kek, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = DataFolder::open(&path, &mut SystemRandom).err();
        assert!(matches!(refused, Some(DataFolderError::Exposed(path)) if path == kek));
        fs::set_permissions(&kek, fs::Permissions::from_mode(0o600)).unwrap();
        for (name, mode, sound) in [
            ("", 0o755, 0o700),
            ("keys", 0o710, 0o700),
            ("keys/pepper", 0o604, 0o600),
            ("keys/code-key", 0o660, 0o600),
            ("authority.db", 0o644, 0o600),
            ("authority.db-wal", 0o640, 0o600),
        ] {
            let exposed = path.join(name);
            if name.starts_with("authority") {
                fs::write(&exposed, "").unwrap();
            }
            fs::set_permissions(&exposed, fs::Permissions::from_mode(mode)).unwrap();
            let refused = DataFolder::open(&path, &mut SystemRandom).err();
            assert!(
                matches!(&refused, Some(DataFolderError::Exposed(told)) if *told == exposed),
                "{name}: {refused:?}"
            );
            fs::set_permissions(&exposed, fs::Permissions::from_mode(sound)).unwrap();
        }
        DataFolder::open(&path, &mut SystemRandom).unwrap();
    }

    #[test]
    fn a_lost_or_cut_key_is_never_replaced() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        DataFolder::open(&path, &mut SystemRandom).unwrap();
        fs::write(path.join("authority.db"), b"").unwrap();
        fs::set_permissions(path.join("authority.db"), fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(path.join("keys/kek"), b"short").unwrap();
        assert!(matches!(
            DataFolder::open(&path, &mut SystemRandom).err(),
            Some(DataFolderError::Damaged(_))
        ));
        fs::remove_file(path.join("keys/kek")).unwrap();
        assert!(matches!(
            DataFolder::open(&path, &mut SystemRandom).err(),
            Some(DataFolderError::KeyMissing(_))
        ));
    }

    #[test]
    fn the_origin_is_kept() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(&parent.path().join("data"), &mut SystemRandom).unwrap();
        assert_eq!(folder.origin().unwrap(), None);
        let origin = "http://127.0.0.1:4711".parse().unwrap();
        folder.remember_origin(&origin).unwrap();
        assert_eq!(folder.origin().unwrap(), Some(origin));
    }
}
