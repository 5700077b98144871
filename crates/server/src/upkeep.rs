//! What an operator does with an authority's data: look it through, back it up, bring it back, bring it up to date.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clausa_core::random::SystemRandom;
use clausa_store::upkeep;
pub use clausa_store::upkeep::Examination;
use clausa_store::{Sealer, Store, StoreError};

use crate::authority::sealer_of;
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

/// Reads the whole database in the data folder `folder` through; an authority may be running on it.
///
/// # Errors
///
/// [`UpkeepError`] when it cannot be read at all. What is found wrong inside is in the answer.
pub async fn check(folder: &Path) -> Result<Examination, UpkeepError> {
    let data = DataFolder::open_existing(folder)?;
    let found = upkeep::check_sqlite(&data.database(), &sealer(&data)?).await?;
    Ok(found)
}

/// Copies database, keys, origin and settings of the data folder `folder` into the new folder `target`, as they are at
/// one moment; an authority may be running. The copy is read through before it gets its name.
///
/// # Errors
///
/// [`UpkeepError`]; there is no `target` then.
pub async fn back_up(folder: &Path, target: &Path) -> Result<Examination, UpkeepError> {
    let data = DataFolder::open_existing(folder)?;
    if target.exists() {
        return Err(UpkeepError::Exists(target.to_owned()));
    }
    let partial = Partial::make(target)?;
    upkeep::copy_sqlite(&data.database(), &partial.path.join(DATABASE)).await?;
    copy_the_rest(folder, &partial.path)?;
    partial.finish().await
}

/// Makes the data folder `folder` out of a backup. The folder must be empty, or not there.
///
/// # Errors
///
/// [`UpkeepError`]; `folder` is as it was then.
pub async fn restore(backup: &Path, folder: &Path) -> Result<Examination, UpkeepError> {
    DataFolder::open_existing(backup)?;
    let is_empty = || fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
    if folder.exists() && !is_empty() {
        return Err(UpkeepError::Exists(folder.to_owned()));
    }
    let partial = Partial::make(folder)?;
    upkeep::copy_sqlite(&backup.join(DATABASE), &partial.path.join(DATABASE)).await?;
    copy_the_rest(backup, &partial.path)?;
    partial.finish().await
}

/// Brings the schema of the data folder's database up to date, as `serve` would. The schemas before and after.
///
/// # Errors
///
/// [`UpkeepError`]; the database is as it was then.
pub async fn migrate(folder: &Path) -> Result<(u32, u32), UpkeepError> {
    let data = DataFolder::open_existing(folder)?;
    let (before, _) = upkeep::schema_of_sqlite(&data.database()).await?;
    Store::open_sqlite(&data.database(), sealer(&data)?)
        .await?
        .close()
        .await;
    let (after, _) = upkeep::schema_of_sqlite(&data.database()).await?;
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
    async fn finish(mut self) -> Result<Examination, UpkeepError> {
        let found = check(&self.path).await?;
        if !found.problems.is_empty() {
            return Err(UpkeepError::Broken {
                folder: self.target.clone(),
                problems: found.problems,
            });
        }
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
        copy(&from.join(keys).join(name), &folder.join(name))?;
    }
    for name in [ORIGIN, SETTINGS] {
        let source = from.join(name);
        if source.exists() {
            copy(&source, &to.join(name))?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), UpkeepError> {
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
