//! Factors beside a mailed code: authenticators, passkeys, recovery codes.

use serde::{Deserialize, Serialize};

/// Answer of `GET` [`crate::paths::FACTORS`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FactorList {
    /// Authenticators and passkeys, in the order in which they were added.
    pub factors: Vec<Factor>,
    /// Recovery codes that are left.
    pub recovery_codes: u64,
    /// True when a password signs in.
    pub has_password: bool,
}

/// One authenticator or passkey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Factor {
    /// Names it; 32 hex digits.
    pub id: String,
    /// What it is.
    pub kind: FactorKind,
    /// What its owner calls it.
    pub name: String,
    /// When it was added, seconds since 1970.
    pub created_at: u64,
    /// When it was last used, seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<u64>,
}

/// What a factor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FactorKind {
    /// An authenticator that shows one-time codes (RFC 6238).
    Totp,
    /// A passkey (WebAuthn).
    Passkey,
}

/// Begins an authenticator. Needs a fresh proof of who one is ([`crate::paths::STEP_UP`]).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TotpRequest {
    /// What its owner calls it: 1 to 100 characters.
    pub name: String,
}

/// An authenticator that waits for its first code. Told once.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TotpBegun {
    /// Names it.
    pub id: String,
    /// The secret as people type it: base32.
    pub secret: String,
    /// The secret as an authenticator reads it from a picture or a link (`otpauth:`).
    pub uri: String,
}

/// The first code of an authenticator.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TotpConfirmation {
    /// Six digits.
    pub code: String,
}

/// An authenticator is asked for from now on.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TotpAdded {
    /// New recovery codes, each for one use, told once; empty when there were some already.
    pub recovery_codes: Vec<String>,
    /// Sessions that ended.
    pub ended: u64,
}

/// New recovery codes, told once. Older ones work no more.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecoveryCodes {
    /// Each for one use.
    pub codes: Vec<String>,
}
