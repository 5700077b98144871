//! `[mail]`

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{ConfigError, Secret};

/// How mail leaves. Without a relay every mail becomes a file in the data folder's `outbox/`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct MailConfig {
    /// Host name of the SMTP relay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relay: Option<String>,
    /// Port of the relay.
    pub port: u16,
    /// How the way to the relay is protected.
    pub encryption: MailEncryption,
    /// The sender of every mail.
    pub from: String,
    /// User name at the relay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// File with the password at the relay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
}

impl Default for MailConfig {
    fn default() -> Self {
        Self {
            relay: None,
            port: 587,
            encryption: MailEncryption::StartTls,
            from: "no-reply@localhost.localdomain".to_owned(),
            username: None,
            password_file: None,
        }
    }
}

impl MailConfig {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let mut found = Vec::new();
        self.problems(&mut found);
        found.into_iter().next().map_or(Ok(()), Err)
    }

    pub(crate) fn problems(&self, found: &mut Vec<ConfigError>) {
        let Some(relay) = &self.relay else { return };
        if self.encryption == MailEncryption::None && !is_loopback(relay) {
            found.push(ConfigError::refused(
                "mail.encryption",
                "mail carries sign-in codes: set \"start-tls\" or \"tls\" for a relay on another machine",
            ));
        }
        if self.username.is_some() != self.password_file.is_some() {
            found.push(ConfigError::refused(
                "mail.password_file",
                "set username and password_file together",
            ));
        }
    }

    /// Reads the password, if there is one.
    ///
    /// # Errors
    ///
    /// As [`Secret::from_file`].
    pub fn password(&self) -> Result<Option<Secret>, ConfigError> {
        self.password_file.as_deref().map(Secret::from_file).transpose()
    }
}

/// How the way to the relay is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailEncryption {
    /// Not at all: only for a relay on this machine.
    None,
    /// Plain at first, then TLS; refused when the relay does not offer it.
    StartTls,
    /// TLS from the first byte.
    Tls,
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::{MailConfig, MailEncryption};

    #[test]
    fn plain_smtp_is_refused_off_this_machine() {
        // SEC-122
        let plain = |relay: &str| MailConfig {
            relay: Some(relay.to_owned()),
            encryption: MailEncryption::None,
            ..MailConfig::default()
        };
        assert!(plain("mail.contoso.example").check().is_err());
        assert!(plain("127.0.0.1").check().is_ok());
        assert!(
            MailConfig {
                encryption: MailEncryption::Tls,
                ..plain("mail.contoso.example")
            }
            .check()
            .is_ok()
        );
    }
}
