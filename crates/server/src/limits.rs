//! Rate limits: token buckets in the store, so that they hold across restarts (`SEC-81`).

use clausa_store::record::limit::Bucket;

use crate::config::LimitConfig;

/// What is counted. The name is part of the bucket's key; the key of the subject (an account, a network, an address)
/// is the other part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limited {
    /// Calls of one account.
    Call,
    /// Licence requests of one account.
    Licence,
    /// Licence requests of one account that could not be verified or unwrapped.
    InvalidLicence,
    /// Registrations of files by one account.
    Publish,
    /// Sign-ins of one account.
    LoginAccount,
    /// Sign-ins from one network.
    LoginNetwork,
    /// Verification mails to one address in an hour.
    MailAddress,
    /// Verification mails to one address in a day.
    MailAddressDay,
    /// Sign-ups from one network.
    SignupNetwork,
    /// Codes of authenticators tried for one account.
    SecondFactor,
    /// Token requests from one network.
    TokenNetwork,
    /// Looks for the record of a claim.
    ClaimCheck,
}

impl Limited {
    /// The key of the bucket of `subject`.
    pub fn key(self, subject: impl std::fmt::Display) -> String {
        let name = match self {
            Self::Call => "call",
            Self::Licence => "licence",
            Self::InvalidLicence => "invalid-licence",
            Self::Publish => "publish",
            Self::LoginAccount => "login-account",
            Self::LoginNetwork => "login-network",
            Self::MailAddress => "mail-address",
            Self::MailAddressDay => "mail-address-day",
            Self::SignupNetwork => "signup-network",
            Self::SecondFactor => "second-factor",
            Self::TokenNetwork => "token-network",
            Self::ClaimCheck => "claim-check",
        };
        format!("{name}:{subject}")
    }
}

impl From<LimitConfig> for Bucket {
    fn from(limit: LimitConfig) -> Self {
        let refill_micros = u64::from(limit.seconds) * 1_000_000 / u64::from(limit.refill.max(1));
        Self {
            capacity: limit.burst.max(1),
            refill_micros,
        }
    }
}
