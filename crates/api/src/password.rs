//! One's password.

use serde::{Deserialize, Serialize};

/// Sets or changes one's password. Needs a fresh proof of who one is ([`crate::paths::STEP_UP`]).
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasswordRequest {
    /// The new one: 15 to 128 characters.
    pub password: String,
}
