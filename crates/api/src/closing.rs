//! Closing one's own account.

use serde::{Deserialize, Serialize};

/// Closes the caller's account. Needs a fresh proof of who one is ([`crate::paths::STEP_UP`]).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CloseRequest {
    /// An address of the account, typed once more.
    pub address: String,
    /// What becomes of the files that the account owns.
    pub files: FilesOfClosed,
    /// For `hand-over`: an address of whoever gets the owner's rights, an active account of the same organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
    /// Take out of log and database what names the person, as well.
    #[serde(default)]
    pub erase: bool,
}

/// What becomes of the files that a closed account owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FilesOfClosed {
    /// They go on opening for exactly the people they name.
    Keep,
    /// The same, and somebody else has the owner's rights.
    HandOver,
}

/// The account is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CloseAnswer {
    /// The address that it had.
    pub address: String,
    /// With `erase`: log entries out of which the person was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forgotten: Option<u64>,
}
