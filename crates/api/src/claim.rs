//! Claims: a member asks to administer the organisation, by a DNS record that only who runs its domain can make.

use serde::{Deserialize, Serialize};

/// Body of `POST` [`crate::paths::CLAIMS`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClaimRequest {
    /// A domain of one's organisation, in A-labels.
    pub domain: String,
}

/// Answer of `POST` [`crate::paths::CLAIMS`]. The value is told this once.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClaimStarted {
    /// The claim.
    pub claim: Claim,
    /// Name of the TXT record to make.
    pub record_name: String,
    /// Its value.
    pub record_value: String,
}

/// Answer of `GET` [`crate::paths::CLAIMS`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClaimList {
    /// One's own claims, and those of others that were proven; the newest first, at most 50.
    pub claims: Vec<Claim>,
}

/// One claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Claim {
    /// Names it in [`crate::paths::CLAIM`]; 32 hex digits.
    pub id: String,
    /// The domain.
    pub domain: String,
    /// `waiting` for the record, `proven` (the delay runs), `done`, `cancelled`, `disputed` or `lapsed`.
    pub state: String,
    /// The claimant's address.
    pub claimant: String,
    /// True when one is the claimant oneself.
    pub own: bool,
    /// When it began, seconds since 1970.
    pub created_at: u64,
    /// Until when the record has to be seen, seconds since 1970.
    pub expires_at: u64,
    /// When the claimant becomes administrator, once proven; seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<u64>,
}
