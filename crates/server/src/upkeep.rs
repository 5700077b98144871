//! What an operator does with an authority's data: look it through, back it up, bring it back, bring it up to date.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clausa_core::random::SystemRandom;
pub use clausa_store::StoreError;
pub use clausa_store::upkeep::Examination;
use clausa_store::upkeep::{self, Location, Use};
use clausa_store::{Sealer, Store};

use crate::authority::sealer_of;
use crate::config::{Config, ConfigError, DataConfig, Secret};
use crate::data_folder::{self, DATABASE, DataFolder, DataFolderError, KEYS, ORIGIN};

/// The configuration file in a data folder.
pub const SETTINGS: &str = "authority.toml";

/// Why nothing could be done, ordered by whose fault it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpkeepError {
    /// The target is there already.
    #[error("{} exists already: nothing is ever written over", .0.display())]
    Exists(PathBuf),
    /// The database's URL or the file with its password cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The settings name the database in a way that cannot be taken out of a copy.
    #[error(
        "{} cannot be copied without its database: write data.database and data.database_password_file on lines of their \
         own below [data]", .0.display()
    )]
    Settings(PathBuf),
    /// The data folder, or the backup, cannot be used.
    #[error(transparent)]
    DataFolder(#[from] DataFolderError),
    /// The database says no.
    #[error("the database cannot be used")]
    Store(#[from] StoreError),
    /// What was copied is not whole.
    #[error("what would be in {} is not whole: {}", folder.display(), problems.join("; "))]
    Broken {
        /// What was to be made.
        folder: PathBuf,
        /// What is wrong.
        problems: Vec<String>,
    },
    /// A file cannot be read or written.
    #[error("cannot use {}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The database of a data folder's authority.
#[derive(Debug)]
pub enum Database {
    /// The file in the folder.
    File,
    /// A PostgreSQL database.
    Server {
        /// `postgres://user@host/name`.
        url: String,
        /// Its user's password, from a file.
        password: Option<Secret>,
    },
}

impl Database {
    /// What a configuration names.
    ///
    /// # Errors
    ///
    /// [`UpkeepError::Config`] for a URL with a password in it, or a password file that cannot be used.
    pub fn of(config: &DataConfig) -> Result<Self, UpkeepError> {
        config.check()?;
        Ok(match &config.database {
            Some(url) => Self::Server {
                url: url.clone(),
                password: config.database_password()?,
            },
            None => Self::File,
        })
    }

    /// Where it is; `file` is the folder's.
    pub(crate) fn at<'a>(&'a self, file: &'a Path) -> Location<'a> {
        match self {
            Self::File => Location::File(file),
            Self::Server { url, password } => Location::Server {
                url,
                password: password.as_ref().map(Secret::expose),
            },
        }
    }

    /// Opens the folder with its keys.
    fn folder(&self, path: &Path) -> Result<DataFolder, DataFolderError> {
        match self {
            Self::File => DataFolder::open_existing(path),
            Self::Server { .. } => DataFolder::open_keys(path),
        }
    }
}

/// Reads the whole database of the data folder `folder` through; an authority may be running on it.
///
/// # Errors
///
/// [`UpkeepError`] when it cannot be read at all. What is found wrong inside is in the answer.
pub async fn check(folder: &Path, database: &Database) -> Result<Examination, UpkeepError> {
    let data = database.folder(folder)?;
    Ok(upkeep::check(database.at(&data.database()), &sealer(&data)?).await?)
}

/// Copies database, keys, origin and settings of the data folder `folder` into the new folder `target`, as they are at
/// one moment; an authority may be running. Whatever the database is, the copy's is a file in it. The copy is read
/// through before it gets its name.
///
/// # Errors
///
/// [`UpkeepError`]; there is no `target` then.
pub async fn back_up(folder: &Path, database: &Database, target: &Path) -> Result<Examination, UpkeepError> {
    let data = database.folder(folder)?;
    if target.exists() {
        return Err(UpkeepError::Exists(target.to_owned()));
    }
    let partial = Partial::make(target)?;
    let file = partial.path.join(DATABASE);
    match database {
        Database::File => upkeep::copy_sqlite(&data.database(), &file).await?,
        Database::Server { .. } => {
            let (from, to) = (database.at(&file), Location::File(&file));
            let found = upkeep::copy(from, to, &sealer(&data)?, Use::MayRun).await?;
            refuse_broken(target, found)?;
        }
    }
    copy_the_rest(folder, &partial.path)?;
    partial.finish(&Database::File).await
}

/// Makes the data folder `folder` out of a backup, with its database in it or in an empty `database`. The folder must be
/// empty, or not there.
///
/// # Errors
///
/// [`UpkeepError`]; `folder` is as it was then.
pub async fn restore(backup: &Path, folder: &Path, database: &Database) -> Result<Examination, UpkeepError> {
    let data = DataFolder::open_existing(backup)?;
    let is_empty = || fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
    if folder.exists() && !is_empty() {
        return Err(UpkeepError::Exists(folder.to_owned()));
    }
    let partial = Partial::make(folder)?;
    copy_the_rest(backup, &partial.path)?;
    match database {
        Database::File => {
            upkeep::copy_sqlite(&backup.join(DATABASE), &partial.path.join(DATABASE)).await?;
        }
        Database::Server { .. } => {
            let file = data.database();
            let (from, to) = (Location::File(&file), database.at(&file));
            let found = upkeep::copy(from, to, &sealer(&data)?, Use::MayRun).await?;
            refuse_broken(folder, found)?;
        }
    }
    partial.finish(database).await
}

/// Which way a copy goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the file in the folder into the database.
    Out,
    /// From the database into a new file in the folder.
    In,
}

/// Moves the authority whose keys are in `folder` between the file there and `server`, which both belong to it: every
/// row is carried and compared. The source must be at rest and stays as it is; the target must be empty.
///
/// # Errors
///
/// [`UpkeepError`]; the target says of itself then that it is not finished, and the same copy may be run again.
pub async fn copy(
    folder: &Path,
    server: &Database,
    direction: Direction,
) -> Result<Examination, UpkeepError> {
    let data = match direction {
        Direction::Out => DataFolder::open_existing(folder)?,
        Direction::In => DataFolder::open_keys(folder)?,
    };
    let file = data.database();
    let (from, to) = match direction {
        Direction::Out => (Location::File(&file), server.at(&file)),
        Direction::In => (server.at(&file), Location::File(&file)),
    };
    let found = upkeep::copy(from, to, &sealer(&data)?, Use::AtRest).await?;
    refuse_broken(folder, found)
}

fn refuse_broken(folder: &Path, found: Examination) -> Result<Examination, UpkeepError> {
    match found.problems.is_empty() {
        true => Ok(found),
        false => Err(UpkeepError::Broken {
            folder: folder.to_owned(),
            problems: found.problems,
        }),
    }
}

/// Brings the schema of the data folder's database up to date, as `serve` would. The schemas before and after.
///
/// # Errors
///
/// [`UpkeepError`]; the database is as it was then.
pub async fn migrate(folder: &Path, database: &Database) -> Result<(u32, u32), UpkeepError> {
    let data = database.folder(folder)?;
    let file = data.database();
    let (before, _) = upkeep::schema(database.at(&file)).await?;
    let store = match database.at(&file) {
        Location::File(path) => Store::open_sqlite(path, sealer(&data)?).await?,
        Location::Server { url, password } => Store::open_postgres(url, password, sealer(&data)?).await?,
    };
    store.close().await;
    let (after, _) = upkeep::schema(database.at(&file)).await?;
    Ok((before, after))
}

fn sealer(data: &DataFolder) -> Result<Sealer, StoreError> {
    sealer_of(data, SystemRandom)
}

/// A folder that is removed unless it is finished.
struct Partial {
    path: PathBuf,
    target: PathBuf,
    finished: bool,
}

impl Partial {
    fn make(target: &Path) -> Result<Self, UpkeepError> {
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        let path = target.with_file_name(name);
        if path.exists() {
            return Err(UpkeepError::Exists(path));
        }
        data_folder::make_private_folder(&path).map_err(|source| io_error(&path, source))?;
        Ok(Self {
            path,
            target: target.to_owned(),
            finished: false,
        })
    }

    /// Reads the copy through and gives it its name.
    async fn finish(mut self, database: &Database) -> Result<Examination, UpkeepError> {
        let found = refuse_broken(&self.target, check(&self.path, database).await?)?;
        let failed = |source| io_error(&self.target, source);
        fs::rename(&self.path, &self.target).map_err(failed)?;
        self.finished = true;
        data_folder::sync_parent(&self.target).map_err(|source| io_error(&self.target, source))?;
        Ok(found)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.finished
            && let Err(error) = fs::remove_dir_all(&self.path)
        {
            tracing::warn!(%error, "a folder that is not finished could not be removed");
        }
    }
}

/// Keys, origin and settings: small files, each for its user alone.
fn copy_the_rest(from: &Path, to: &Path) -> Result<(), UpkeepError> {
    let (keys, names) = KEYS;
    let folder = to.join(keys);
    data_folder::make_private_folder(&folder).map_err(|source| io_error(&folder, source))?;
    for name in names {
        copy_file(&from.join(keys).join(name), &folder.join(name))?;
    }
    if from.join(ORIGIN).exists() {
        copy_file(&from.join(ORIGIN), &to.join(ORIGIN))?;
    }
    let settings = from.join(SETTINGS);
    if settings.exists() {
        let text = fs::read_to_string(&settings).map_err(|source| io_error(&settings, source))?;
        let text = without_database(&text).ok_or_else(|| UpkeepError::Settings(settings))?;
        let target = to.join(SETTINGS);
        data_folder::write_new(&target, text.as_bytes()).map_err(|source| io_error(&target, source))?;
    }
    Ok(())
}

/// The settings of an authority whose database is the file beside them: what names another becomes a remark.
fn without_database(text: &str) -> Option<String> {
    let names_one = |text: &str| Config::from_toml(text).is_ok_and(|config| config.data.database.is_some());
    if !names_one(text) {
        return Some(text.to_owned());
    }
    let mut without = String::new();
    for line in text.lines() {
        let key = line.split('=').next().unwrap_or_default().trim();
        if ["database", "database_password_file"].contains(&key) {
            without.push_str("# ");
        }
        without.push_str(line);
        without.push('\n');
    }
    let config = Config::from_toml(&without).ok()?;
    config.data.database.is_none().then_some(without)
}

fn copy_file(from: &Path, to: &Path) -> Result<(), UpkeepError> {
    let bytes = fs::read(from)
        .map(zeroize::Zeroizing::new)
        .map_err(|source| io_error(from, source))?;
    data_folder::write_new(to, &bytes).map_err(|source| io_error(to, source))
}

fn io_error(path: &Path, source: io::Error) -> UpkeepError {
    UpkeepError::Io {
        path: path.to_owned(),
        source,
    }
}
