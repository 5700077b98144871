//! Which folder the profile is.

use std::path::PathBuf;

use super::documents;
use crate::error::ProfileError;

/// The folder of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileDirectory(PathBuf);

impl ProfileDirectory {
    /// Environment variable that names the folder.
    pub const ENVIRONMENT: &'static str = "CLAUSA_PROFILE";

    /// The folder named by `CLAUSA_PROFILE`, or else the usual place of the operating system for an application's
    /// data, such as `~/.local/share/clausa`.
    ///
    /// # Errors
    ///
    /// [`ProfileError::NoHome`] when there is neither.
    pub fn standard() -> Result<Self, ProfileError> {
        if let Some(named) = std::env::var_os(Self::ENVIRONMENT).filter(|named| !named.is_empty()) {
            return Ok(Self(named.into()));
        }
        let directories = directories::ProjectDirs::from("", "", "clausa").ok_or(ProfileError::NoHome)?;
        Ok(Self(directories.data_dir().to_owned()))
    }

    /// This folder.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// Makes the folder when it is not there, and refuses one that others could change.
    pub(super) fn prepare(self) -> Result<PathBuf, ProfileError> {
        documents::make_folder(&self.0)?;
        let folder = std::path::absolute(&self.0).map_err(|source| ProfileError::Io {
            path: self.0.clone(),
            source,
        })?;
        if !is_private(&folder)? {
            return Err(ProfileError::NotPrivate { path: folder });
        }
        Ok(folder)
    }
}

/// An environment variable that is set to something.
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(unix)]
fn is_private(folder: &std::path::Path) -> Result<bool, ProfileError> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(folder).map_err(|source| ProfileError::Io {
        path: folder.to_owned(),
        source,
    })?;
    let others_may_write = metadata.mode() & 0o022 != 0;
    Ok(metadata.is_dir() && metadata.uid() == rustix::process::geteuid().as_raw() && !others_may_write)
}

#[cfg(not(unix))]
fn is_private(folder: &std::path::Path) -> Result<bool, ProfileError> {
    // The usual place lies in the user's own folder, which the system keeps private.
    Ok(folder.is_dir())
}
