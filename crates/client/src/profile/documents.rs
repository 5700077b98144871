//! The profile's files: private, versioned, replaced as a whole.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::ProfileError;
use crate::file::partial::{self, Partial};

/// No file of a profile comes near this many bytes.
const MAX_LENGTH: u64 = 16 << 20;

/// A document with the version in front.
#[derive(serde::Serialize, serde::Deserialize)]
struct Versioned<T> {
    version: u64,
    #[serde(flatten)]
    content: T,
}

/// Reads a JSON document; `None` when there is none.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path, version: u64) -> Result<Option<T>, ProfileError> {
    let Some(text) = read_text(path)? else {
        return Ok(None);
    };
    let damaged = |detail: String| ProfileError::Damaged {
        path: path.to_owned(),
        detail,
    };
    let mut value: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
    let members = value
        .as_object_mut()
        .ok_or_else(|| damaged("it is not an object".to_owned()))?;
    let found = members.remove("version").and_then(|found| found.as_u64());
    check_version(path, found, version)?;
    serde_json::from_value(value)
        .map(Some)
        .map_err(|error| damaged(error.to_string()))
}

/// Writes a JSON document.
pub(crate) fn write_json<T: Serialize>(path: &Path, version: u64, content: T) -> Result<(), ProfileError> {
    write_json_locked(path, version, content).map(drop)
}

/// The same. Gives back the file, which is locked until it is dropped.
pub(super) fn write_json_locked<T: Serialize>(
    path: &Path,
    version: u64,
    content: T,
) -> Result<File, ProfileError> {
    let text =
        serde_json::to_vec_pretty(&Versioned { version, content }).map_err(|error| ProfileError::Io {
            path: path.to_owned(),
            source: error.into(),
        })?;
    let text = zeroize::Zeroizing::new(text);
    write_locked(path, &text)
}

/// Reads a TOML document; `None` when there is none.
pub(crate) fn read_toml<T: DeserializeOwned>(path: &Path, version: u64) -> Result<Option<T>, ProfileError> {
    let Some(text) = read_text(path)? else {
        return Ok(None);
    };
    let damaged = |error: toml::de::Error| ProfileError::Damaged {
        path: path.to_owned(),
        detail: error.to_string().trim_end().to_owned(),
    };
    let table: toml::Table = toml::from_str(&text).map_err(damaged)?;
    let found = table
        .get("version")
        .and_then(toml::Value::as_integer)
        .and_then(|found| u64::try_from(found).ok());
    check_version(path, found, version)?;
    table.try_into().map(Some).map_err(damaged)
}

fn check_version(path: &Path, found: Option<u64>, known: u64) -> Result<(), ProfileError> {
    match found {
        Some(found) if found == known => Ok(()),
        Some(found) if found > known => Err(ProfileError::NewerVersion {
            path: path.to_owned(),
            version: found,
        }),
        _ => Err(ProfileError::Damaged {
            path: path.to_owned(),
            detail: "it does not say which version it is of".to_owned(),
        }),
    }
}

fn read_text(path: &Path) -> Result<Option<zeroize::Zeroizing<String>>, ProfileError> {
    let io = |source| ProfileError::Io {
        path: path.to_owned(),
        source,
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(io(source)),
    };
    let mut text = zeroize::Zeroizing::new(String::new());
    match file.take(MAX_LENGTH).read_to_string(&mut text) {
        Ok(_) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::InvalidData => Err(ProfileError::Damaged {
            path: path.to_owned(),
            detail: "it is not text".to_owned(),
        }),
        Err(source) => Err(io(source)),
    }
}

/// Puts `bytes` in the place of the file at `path`: after a crash at any moment it holds the old bytes or the new.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), ProfileError> {
    write_locked(path, bytes).map(drop)
}

fn write_locked(path: &Path, bytes: &[u8]) -> Result<File, ProfileError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folder(folder)?;
    write_in(folder, path, bytes).map_err(|source| ProfileError::Io {
        path: path.to_owned(),
        source,
    })
}

fn write_in(folder: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<File> {
    partial::remove_abandoned(folder);
    let (mut file, partial) = Partial::create(folder)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    partial.replace(path)?;
    sync_folder(folder)?;
    Ok(file)
}

/// Removes a file; that it was not there is success.
pub(crate) fn remove(path: &Path) -> Result<(), ProfileError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(ProfileError::Io {
            path: path.to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}

/// Removes a folder and what is in it; that it was not there is success.
pub(crate) fn remove_folder(path: &Path) -> Result<(), ProfileError> {
    match fs::remove_dir_all(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(ProfileError::Io {
            path: path.to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}

/// Makes a folder that only its user may enter, and the folders above it, and makes them last through a power cut.
pub(crate) fn make_folder(path: &Path) -> Result<(), ProfileError> {
    make_folders(path).map_err(|source| ProfileError::Io {
        path: path.to_owned(),
        source,
    })
}

fn make_folders(path: &Path) -> std::io::Result<()> {
    if path.is_dir() || path.as_os_str().is_empty() {
        return Ok(());
    }
    let above = path.parent().unwrap_or(Path::new(""));
    make_folders(above)?;
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Ok(()) => sync_folder(above),
        // Another process was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Opens a file for reading and writing, making it private when it is not there.
pub(crate) fn open_private(path: &Path) -> Result<File, ProfileError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|source| ProfileError::Io {
        path: path.to_owned(),
        source,
    })
}

/// Makes a rename in `folder` last through a power cut.
pub(crate) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
