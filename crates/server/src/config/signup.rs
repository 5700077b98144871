//! `[signup]`

use serde::{Deserialize, Serialize};

/// Who may sign up.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignupConfig {
    /// Addresses of consumer mail services get a personal account; when false they are refused.
    pub personal_accounts: bool,
    /// Domains that may not sign up, beside the ones the authority refuses by itself.
    pub refused_domains: Vec<String>,
    /// Domains to treat as consumer mail services, beside the list that comes with the authority.
    pub consumer_domains: Vec<String>,
}

impl Default for SignupConfig {
    fn default() -> Self {
        Self {
            personal_accounts: true,
            refused_domains: Vec::new(),
            consumer_domains: Vec::new(),
        }
    }
}
