//! The tokens of a session.

use clausa_api::token::TokenAnswer;
use clausa_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// What a session is made of. Both tokens are bound to the device's signing key: elsewhere they are worth nothing.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub(crate) struct SessionTokens {
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
    /// When the access token stops working, by this machine's clock.
    #[zeroize(skip)]
    pub(crate) expires: Timestamp,
}

impl SessionTokens {
    pub(crate) fn new(answer: TokenAnswer, now: Timestamp) -> Self {
        Self {
            access_token: answer.access_token,
            refresh_token: answer.refresh_token,
            expires: now.plus_seconds(u64::from(answer.expires_in)),
        }
    }

    pub(super) fn to_secret(&self) -> Zeroizing<Vec<u8>> {
        // Serialising three strings and numbers does not fail.
        Zeroizing::new(serde_json::to_vec(self).unwrap_or_default())
    }

    pub(super) fn from_secret(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}
