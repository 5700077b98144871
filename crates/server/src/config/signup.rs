//! `[signup]`

use std::path::PathBuf;

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
    /// File to use in place of the list of consumer mail services that comes with the authority: a domain a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consumer_list_file: Option<PathBuf>,
    /// File to use in place of the list of throw-away mail domains: a domain a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disposable_list_file: Option<PathBuf>,
    /// File to use in place of the list of mailboxes that are not one person's: a name a line, without dots, hyphens
    /// and underscores; `name*` stands for everything that begins so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_list_file: Option<PathBuf>,
}

impl Default for SignupConfig {
    fn default() -> Self {
        Self {
            personal_accounts: true,
            refused_domains: Vec::new(),
            consumer_domains: Vec::new(),
            consumer_list_file: None,
            disposable_list_file: None,
            role_list_file: None,
        }
    }
}
