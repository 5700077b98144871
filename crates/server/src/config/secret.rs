//! Secrets come from files of their own, which only the authority's user may read.

use std::path::Path;

use zeroize::Zeroizing;

use super::ConfigError;

/// A secret read from its file: wiped when dropped, silent in `Debug`.
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Reads a file and drops the line end at its end.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Exposed`] when the group or others may read the file, [`ConfigError::Unreadable`] otherwise.
    pub fn from_file(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        };
        if is_exposed(path).map_err(unreadable)? {
            return Err(ConfigError::Exposed(path.to_owned()));
        }
        let text = Zeroizing::new(std::fs::read_to_string(path).map_err(unreadable)?);
        Ok(Self(Zeroizing::new(
            text.trim_end_matches(['\r', '\n']).to_owned(),
        )))
    }

    /// Lends the text to whoever sends it on.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// True when the group or others have any permission on the file.
#[cfg(unix)]
pub(crate) fn is_exposed(path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(std::fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

/// Elsewhere the folder's own access list decides.
#[cfg(not(unix))]
pub(crate) fn is_exposed(path: &Path) -> std::io::Result<bool> {
    std::fs::metadata(path).map(|_| false)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::{ConfigError, Secret};

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        // SEC-122
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        std::fs::write(&path, "correct horse\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Secret::from_file(&path), Err(ConfigError::Exposed(_))));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let secret = Secret::from_file(&path).unwrap();
        assert_eq!(secret.expose(), "correct horse");
        assert_eq!(format!("{secret:?}"), "Secret(..)");
    }
}
