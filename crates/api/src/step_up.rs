//! Step-up: showing again who one is, for acts that ask for a fresh proof.

use serde::{Deserialize, Serialize};

use crate::Bytes;

/// How long a proof is fresh, in seconds.
pub const FRESH_SECONDS: u64 = 300;

/// Shows again who one is. Either `password`, or `one_time_code`, or `login`, `verifier` and `code` of a mailed sign-in code
/// ([`crate::paths::LOGINS`]) that was asked for with one's own address. With an
/// authenticator only its code does.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StepUpRequest {
    /// The password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Names the mailed sign-in code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
    /// The 32 bytes whose hash asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verifier: Option<Bytes>,
    /// Six digits of the authenticator, or a recovery code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_time_code: Option<String>,
    /// The mailed code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// How fresh the session's last proof is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StepUpState {
    /// True while acts that ask for a fresh proof are allowed.
    pub fresh: bool,
    /// Until when, or since when not any more, seconds since 1970.
    pub fresh_until: u64,
    /// By what it was shown, such as `password` or `mail-code`.
    pub proven_by: Vec<String>,
    /// By what it can be shown again, the best first.
    pub ways: Vec<String>,
}
