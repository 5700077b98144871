//! `[limits]`

use serde::{Deserialize, Serialize};

use super::ConfigError;

/// How often anything may be asked. Each limit is a bucket: `burst` requests at once, refilled over `seconds`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// Sign-ins from one network (/24 or /56).
    pub login_per_network: LimitConfig,
    /// Sign-ins of one account.
    pub login_per_account: LimitConfig,
    /// Codes of authenticators tried for one account. They have six digits, so that a day allows few.
    pub second_factor_per_account: LimitConfig,
    /// Sign-ups from one network.
    pub signup_per_network: LimitConfig,
    /// Token requests from one network, renewals included.
    pub token_per_network: LimitConfig,
    /// Verification mails to one address in an hour.
    pub mail_per_address: LimitConfig,
    /// Verification mails to one address in a day.
    pub mail_per_address_day: LimitConfig,
    /// Licence requests of one account.
    pub licence_per_account: LimitConfig,
    /// Licence requests of one account whose licence could not be verified or unwrapped; then fifteen minutes' rest.
    pub invalid_licence_per_account: LimitConfig,
    /// Registrations of files by one account.
    pub publish_per_account: LimitConfig,
    /// Looks for the record of a claim, of one organisation.
    pub claim_checks_per_tenant: LimitConfig,
    /// Everything else that one signed-in account asks.
    pub calls_per_account: LimitConfig,
}

/// One bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LimitConfig {
    /// Requests at once.
    pub burst: u32,
    /// Requests that come back within [`seconds`](Self::seconds).
    pub refill: u32,
    /// The time in which [`refill`](Self::refill) requests come back.
    pub seconds: u32,
}

impl LimitConfig {
    /// `burst` at once, `refill` more in `seconds`.
    pub const fn new(burst: u32, refill: u32, seconds: u32) -> Self {
        Self {
            burst,
            refill,
            seconds,
        }
    }
}

/// The reason for each number is in the threat model (docs/threat-model.md).
impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            login_per_network: LimitConfig::new(10, 10, 60),
            login_per_account: LimitConfig::new(10, 10, 3_600),
            second_factor_per_account: LimitConfig::new(10, 10, 86_400),
            signup_per_network: LimitConfig::new(5, 5, 3_600),
            token_per_network: LimitConfig::new(300, 300, 60),
            mail_per_address: LimitConfig::new(3, 3, 3_600),
            mail_per_address_day: LimitConfig::new(10, 10, 86_400),
            licence_per_account: LimitConfig::new(300, 120, 60),
            invalid_licence_per_account: LimitConfig::new(60, 60, 900),
            publish_per_account: LimitConfig::new(20_000, 600, 60),
            claim_checks_per_tenant: LimitConfig::new(10, 10, 3_600),
            calls_per_account: LimitConfig::new(300, 300, 60),
        }
    }
}

impl LimitsConfig {
    /// So wide that no measurement or test of anything else reaches them. Never for an authority that people reach.
    pub fn wide() -> Self {
        let wide = LimitConfig::new(1_000_000, 1_000_000, 1);
        Self {
            login_per_network: wide,
            login_per_account: wide,
            second_factor_per_account: wide,
            signup_per_network: wide,
            token_per_network: wide,
            mail_per_address: wide,
            mail_per_address_day: wide,
            licence_per_account: wide,
            invalid_licence_per_account: wide,
            publish_per_account: wide,
            claim_checks_per_tenant: wide,
            calls_per_account: wide,
        }
    }

    pub(crate) fn problems(&self, found: &mut Vec<ConfigError>) {
        let all = [
            ("limits.login_per_network", self.login_per_network),
            ("limits.login_per_account", self.login_per_account),
            ("limits.second_factor_per_account", self.second_factor_per_account),
            ("limits.signup_per_network", self.signup_per_network),
            ("limits.token_per_network", self.token_per_network),
            ("limits.mail_per_address", self.mail_per_address),
            ("limits.mail_per_address_day", self.mail_per_address_day),
            ("limits.licence_per_account", self.licence_per_account),
            (
                "limits.invalid_licence_per_account",
                self.invalid_licence_per_account,
            ),
            ("limits.publish_per_account", self.publish_per_account),
            ("limits.claim_checks_per_tenant", self.claim_checks_per_tenant),
            ("limits.calls_per_account", self.calls_per_account),
        ];
        let zero = all
            .into_iter()
            .filter(|(_, limit)| limit.burst == 0 || limit.refill == 0 || limit.seconds == 0);
        found.extend(
            zero.map(|(key, _)| ConfigError::refused(key, "burst, refill and seconds must not be zero")),
        );
    }
}
