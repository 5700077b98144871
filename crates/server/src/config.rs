//! What the operator may set: one struct per section, unknown keys refused, secrets in files of their own.
//!
//! A configuration is a TOML file (`authority.toml` in the data folder, or one named on the command line). Every key
//! has a default that is right for one machine on loopback; [`Config::check`] says what is wrong with the rest.

mod claims;
mod data;
mod error;
mod keys;
mod limits;
mod mail;
mod password;
mod secret;
mod server;
mod signup;
mod traces;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use claims::ClaimsConfig;
pub(crate) use claims::LEAST_RESOLVERS;
pub use data::DataConfig;
pub use error::ConfigError;
pub use keys::{KeysConfig, WrappingSuite};
pub use limits::{LimitConfig, LimitsConfig};
pub use mail::{MailConfig, MailEncryption};
pub use password::PasswordConfig;
pub use secret::Secret;
pub(crate) use secret::is_exposed;
pub use server::{ServerConfig, TlsConfig};
pub use signup::SignupConfig;
pub use traces::TracesConfig;

/// Everything the operator may set.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the authority listens and under which name it is known.
    pub server: ServerConfig,
    /// Where the authority keeps its data.
    pub data: DataConfig,
    /// How mail leaves.
    pub mail: MailConfig,
    /// What keys new tenants get and how long certificates live.
    pub keys: KeysConfig,
    /// Who may sign up.
    pub signup: SignupConfig,
    /// How members take over the administration of their organisation.
    pub claims: ClaimsConfig,
    /// How passwords are hashed.
    pub passwords: PasswordConfig,
    /// How often anything may be asked.
    pub limits: LimitsConfig,
    /// Where traces go, if anywhere.
    pub traces: TracesConfig,
}

impl Config {
    /// An authority on a loopback address with its data in `folder`. The port is chosen once and kept, so that a
    /// restarted authority keeps the origin that its files name.
    pub fn loopback(folder: impl Into<PathBuf>) -> Self {
        Self {
            data: DataConfig {
                folder: folder.into(),
                ..DataConfig::default()
            },
            ..Self::default()
        }
    }

    /// Reads a configuration.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Malformed`] for text that is not TOML, an unknown key or a value of the wrong kind, and
    /// whatever [`check`](Self::check) finds.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| ConfigError::Malformed(Box::new(error)))?;
        config.check()?;
        Ok(config)
    }

    /// Reads the configuration file at `path`; relative paths inside it count from the file's folder.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Unreadable`] when the file cannot be read, otherwise as [`from_toml`](Self::from_toml).
    pub fn from_file(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let mut config = Self::from_toml(&text)?;
        config.resolve_beside(path);
        Ok(config)
    }

    /// Makes relative paths count from the folder of the configuration file at `path`.
    pub(crate) fn resolve_beside(&mut self, path: &Path) {
        if let Some(folder) = path.parent() {
            self.resolve(folder);
        }
    }

    /// Says whether the values fit together, without touching the network or the data folder.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Refused`] with the key and what to set instead.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.problems().into_iter().next().map_or(Ok(()), Err)
    }

    /// Everything that [`check`](Self::check) would say.
    pub fn problems(&self) -> Vec<ConfigError> {
        let mut found = Vec::new();
        self.server.problems(&mut found);
        found.extend(self.data.check().err());
        self.mail.problems(&mut found);
        self.keys.problems(&mut found);
        self.claims.problems(&mut found);
        self.passwords.problems(&mut found);
        self.limits.problems(&mut found);
        self.traces.problems(&mut found);
        found
    }

    fn resolve(&mut self, folder: &Path) {
        let against = |path: &mut PathBuf| {
            if path.is_relative() {
                *path = folder.join(&*path);
            }
        };
        against(&mut self.data.folder);
        if let Some(file) = &mut self.data.database_password_file {
            against(file);
        }
        if let Some(tls) = &mut self.server.tls {
            against(&mut tls.certificate_file);
            against(&mut tls.key_file);
        }
        if let Some(file) = &mut self.mail.password_file {
            against(file);
        }
        if let Some(folder) = &mut self.server.downloads_folder {
            against(folder);
        }
        let signup = &mut self.signup;
        for file in [
            &mut signup.consumer_list_file,
            &mut signup.disposable_list_file,
            &mut signup.role_list_file,
        ]
        .into_iter()
        .flatten()
        {
            against(file);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Config, ConfigError};

    #[test]
    fn the_default_is_a_loopback_authority() {
        let config = Config::from_toml("").unwrap();
        assert!(config.server.listen.ip().is_loopback());
        assert_eq!(config.keys.suite.number(), 3);
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let error = Config::from_toml("[server]\nlisen = \"127.0.0.1:0\"").unwrap_err();
        assert!(
            matches!(&error, ConfigError::Malformed(source) if source.to_string().contains("lisen")),
            "{error:?}"
        );
        assert!(Config::from_toml("[sever]").is_err());
    }

    #[test]
    fn plain_http_is_refused_off_loopback_with_a_way_out() {
        let error = Config::from_toml("[server]\nlisten = \"0.0.0.0:443\"")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("server.listen") && error.contains("[server.tls]"),
            "{error}"
        );
    }

    #[test]
    fn what_is_written_is_read_back() {
        let config = Config::loopback("/var/lib/clausa");
        let text = toml::to_string(&config).unwrap();
        let back = Config::from_toml(&text).unwrap();
        assert_eq!(toml::to_string(&back).unwrap(), text);
    }

    #[test]
    fn paths_in_a_file_count_from_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("authority.toml");
        std::fs::write(&path, "[data]\nfolder = \"here\"\n").unwrap();
        assert_eq!(
            Config::from_file(&path).unwrap().data.folder,
            folder.path().join("here")
        );
    }
}
