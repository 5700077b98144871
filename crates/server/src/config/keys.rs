//! `[keys]`

use clausa_core::keys::Suite;
use serde::{Deserialize, Serialize};

use super::ConfigError;

/// What keys new tenants get and how long certificates live.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeysConfig {
    /// How content keys are wrapped for new tenants.
    pub suite: WrappingSuite,
    /// How long a device may publish offline before it must renew its certificate, in days; at most 400.
    pub licensor_days: u16,
    /// How long a use licence may be used offline at most, in days; at most 30 (`SEC-43`).
    pub offline_days: u16,
}

impl Default for KeysConfig {
    fn default() -> Self {
        Self {
            suite: WrappingSuite::default(),
            licensor_days: 365,
            offline_days: 30,
        }
    }
}

impl KeysConfig {
    pub(crate) fn problems(&self, found: &mut Vec<ConfigError>) {
        if !(1..=400).contains(&self.licensor_days) {
            found.push(ConfigError::refused("keys.licensor_days", "set 1 to 400 days"));
        }
        if self.offline_days > 30 {
            found.push(ConfigError::refused("keys.offline_days", "set at most 30 days"));
        }
    }

    /// [`offline_days`](Self::offline_days) in seconds.
    pub fn offline_seconds(&self) -> u32 {
        u32::from(self.offline_days) * 86_400
    }
}

/// How content keys are wrapped (format v1 §2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WrappingSuite {
    /// ML-KEM-768 with X25519: safe against a later quantum computer.
    #[default]
    Hybrid,
    /// ECDH on P-256: for hardware modules that know it.
    P256,
    /// RSA-OAEP: for every hardware module.
    Rsa,
}

impl WrappingSuite {
    /// The suite of the file format.
    pub fn suite(self) -> Suite {
        match self {
            Self::Hybrid => Suite::MlKem768X25519,
            Self::P256 => Suite::P256,
            Self::Rsa => Suite::RsaOaep,
        }
    }

    /// Its number in the file format.
    pub fn number(self) -> u16 {
        match self {
            Self::Rsa => 1,
            Self::P256 => 2,
            Self::Hybrid => 3,
        }
    }
}
