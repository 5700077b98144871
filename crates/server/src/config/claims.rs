//! `[claims]`

use std::collections::BTreeSet;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::ConfigError;

/// Fewer vantage points could be deceived together (`SEC-87`).
pub(crate) const LEAST_RESOLVERS: usize = 3;
/// Whoever is told on a Friday has to be able to object (`SEC-91`).
const LEAST_HOURS: u32 = 24;

/// How members take over the administration of their organisation. Off unless resolvers are set.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClaimsConfig {
    /// Recursive resolvers, such as `["192.0.2.53:53", …]`, at least three, best in different networks: they see a
    /// domain's record from different places and have to agree.
    pub resolvers: Vec<SocketAddr>,
    /// Hours between the notice to every member and the takeover.
    pub delay_hours: u32,
}

impl Default for ClaimsConfig {
    fn default() -> Self {
        Self {
            resolvers: Vec::new(),
            delay_hours: 72,
        }
    }
}

impl ClaimsConfig {
    pub(crate) fn problems(&self, found: &mut Vec<ConfigError>) {
        let different: BTreeSet<_> = self.resolvers.iter().collect();
        if !self.resolvers.is_empty() && different.len() < LEAST_RESOLVERS {
            found.push(ConfigError::refused(
                "claims.resolvers",
                "name at least three different resolvers, or none to switch claims off",
            ));
        }
        if self.delay_hours < LEAST_HOURS {
            found.push(ConfigError::refused(
                "claims.delay_hours",
                "leave people at least 24 hours to object",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn three_different_resolvers_or_none() {
        assert!(Config::from_toml("").is_ok());
        let with = |resolvers: &str| Config::from_toml(&format!("[claims]\nresolvers = [{resolvers}]"));
        assert!(with(r#""192.0.2.1:53", "192.0.2.2:53", "192.0.2.3:53""#).is_ok());
        for refused in [
            r#""192.0.2.1:53""#,
            r#""192.0.2.1:53", "192.0.2.2:53", "192.0.2.1:53""#,
            r#""resolver.example:53""#,
        ] {
            assert!(with(refused).is_err(), "{refused}");
        }
        assert!(Config::from_toml("[claims]\ndelay_hours = 1").is_err());
    }
}
