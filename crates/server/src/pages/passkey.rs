//! What pages that offer passkeys have in common.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::visitor::Visitor;
use crate::state::AppState;
use crate::usecase::passkeys::{self, Ceremony};

/// The form by which a passkey is shown.
pub(super) struct PasskeyForm {
    pub(super) action: String,
    pub(super) challenge: String,
    pub(super) party: String,
}

impl PasskeyForm {
    /// For this browser, where the authority can have passkeys. A browser that has no cookie yet gets one with the page.
    pub(super) fn of(state: &AppState, visitor: &Visitor, action: &str) -> Option<Self> {
        let party = passkeys::relying_party(state.origin())?;
        let challenge = passkeys::challenge(state, &visitor.secret.hash(), Ceremony::Show);
        Some(Self {
            action: action.to_owned(),
            challenge: URL_SAFE_NO_PAD.encode(challenge),
            party,
        })
    }
}

/// The bytes of a field; what is not base64url is nothing, and does not verify.
pub(super) fn bytes(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap_or_default()
}
