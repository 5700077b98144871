//! The profile's files: private, versioned, replaced as a whole.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::ProfileError;

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
    let text =
        serde_json::to_vec_pretty(&Versioned { version, content }).map_err(|error| ProfileError::Io {
            path: path.to_owned(),
            source: error.into(),
        })?;
    let text = zeroize::Zeroizing::new(text);
    write_atomically(path, &text)
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
    let io = |source| ProfileError::Io {
        path: path.to_owned(),
        source,
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folder(folder)?;
    // The builder makes files that only their user may read.
    let mut file = tempfile::Builder::new()
        .prefix(".new-")
        .tempfile_in(folder)
        .map_err(io)?;
    file.write_all(bytes).map_err(io)?;
    file.as_file().sync_all().map_err(io)?;
    file.persist(path).map_err(|error| io(error.error))?;
    sync_folder(folder).map_err(io)
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

/// Makes a folder that only its user may enter, and the folders above it.
pub(crate) fn make_folder(path: &Path) -> Result<(), ProfileError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| ProfileError::Io {
        path: path.to_owned(),
        source,
    })
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
