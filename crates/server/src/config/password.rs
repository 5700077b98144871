//! `[passwords]`

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::ConfigError;

/// How passwords are hashed (argon2id).
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct PasswordConfig {
    /// Memory in KiB; at least 19 456.
    pub memory_kib: u32,
    /// Passes; at least 2.
    pub passes: u32,
    /// Hashes computed at the same time at most; the rest waits two seconds and is then refused.
    pub parallel_hashes: u16,
    /// A list of passwords that were found in breaches, written by `clausa admin passwords`. Without one, only those are
    /// refused that can be guessed without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breached_list: Option<PathBuf>,
}

impl Default for PasswordConfig {
    fn default() -> Self {
        Self {
            memory_kib: 65_536,
            passes: 3,
            parallel_hashes: 2,
            breached_list: None,
        }
    }
}

impl PasswordConfig {
    pub(crate) fn problems(&self, found: &mut Vec<ConfigError>) {
        if self.memory_kib < 19_456 {
            found.push(ConfigError::refused(
                "passwords.memory_kib",
                "set at least 19456 (OWASP's floor)",
            ));
        }
        if self.passes < 2 {
            found.push(ConfigError::refused("passwords.passes", "set at least 2"));
        }
        if self.parallel_hashes == 0 {
            found.push(ConfigError::refused(
                "passwords.parallel_hashes",
                "set at least 1",
            ));
        }
    }
}
