//! `[data]`

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{ConfigError, Secret};

/// Where the authority keeps its data.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataConfig {
    /// The data folder: database, keys, outbox. Made on the first start, readable by its user alone.
    pub folder: PathBuf,
    /// A PostgreSQL database instead of the file in the folder: `postgres://user@host/name`, without a password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// File with the password of the database's user; without it, the file that `PGPASSFILE` names is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_password_file: Option<PathBuf>,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            folder: PathBuf::from("clausa-data"),
            database: None,
            database_password_file: None,
        }
    }
}

impl DataConfig {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let Some(url) = &self.database else {
            return match self.database_password_file {
                Some(_) => Err(ConfigError::refused(
                    "data.database_password_file",
                    "set data.database with it",
                )),
                None => Ok(()),
            };
        };
        if holds_password(url) {
            return Err(ConfigError::refused(
                "data.database",
                "write the URL without the password, and the password into a file of its own: \
                 data.database_password_file (--database-password-file), or PGPASSFILE",
            ));
        }
        Ok(())
    }

    /// Reads the password of the database's user, if there is a file for it.
    ///
    /// # Errors
    ///
    /// As [`Secret::from_file`].
    pub fn database_password(&self) -> Result<Option<Secret>, ConfigError> {
        self.database_password_file
            .as_deref()
            .map(Secret::from_file)
            .transpose()
    }
}

/// True for `user:password@` and for `?password=`: arguments and configurations are read by more people than secrets.
fn holds_password(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
    let user = before.rsplit_once('@').map_or("", |(user, _)| user);
    user.contains(':') || query.split('&').any(|pair| pair.starts_with("password="))
}

#[cfg(test)]
mod tests {
    use super::DataConfig;

    #[test]
    fn a_password_does_not_stand_in_the_url() {
        // SEC-122
        let with = |url: &str| DataConfig {
            database: Some(url.to_owned()),
            ..DataConfig::default()
        };
        for url in [
            "postgres://clausa:secret@db.contoso.example/clausa",
            "postgres://clausa@localhost/clausa?sslmode=disable&password=secret",
            "postgres://clausa:@localhost/clausa",
        ] {
            let error = with(url).check().unwrap_err().to_string();
            assert!(error.contains("file") && !error.contains("secret"), "{error}");
        }
        assert!(
            with("postgres://clausa@[::1]:5432/clausa?sslmode=disable")
                .check()
                .is_ok()
        );
    }
}
