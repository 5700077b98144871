//! The second factor of a sign-in whose first was right.

use std::sync::Arc;

use clausa_api::token::GRANT_SECOND_FACTOR;
use clausa_core::address::Address;

use super::{Grant, SignedIn};
use crate::client::Client;
use crate::error::LoginError;
use crate::origins::TrustedAuthority;
use crate::secrets::DeviceKeys;

/// A sign-in that waits for its second factor. It lives in this process alone, for five minutes.
#[derive(Debug)]
pub struct SecondFactor {
    pub(super) client: Client,
    pub(super) authority: TrustedAuthority,
    pub(super) address: Option<Address>,
    /// The authority takes the second factor from the same key as the first.
    pub(super) keys: Arc<DeviceKeys>,
    pub(super) ticket: String,
}

impl SecondFactor {
    /// Shows a code of the authenticator, or a recovery code.
    ///
    /// # Errors
    ///
    /// [`LoginError::CodeWrong`], [`LoginError::CodeVoid`] when the sign-in has to begin again, and others.
    pub async fn submit_code(&self, code: &str) -> Result<SignedIn, LoginError> {
        let fields = [
            ("grant_type", GRANT_SECOND_FACTOR),
            ("ticket", self.ticket.as_str()),
            ("code", code.trim()),
        ];
        let grant = Grant {
            fields: &fields,
            address: self.address.as_ref(),
        };
        let keys = Arc::clone(&self.keys);
        let identity = self.client.establish_with(&self.authority, grant, keys).await?;
        Ok(SignedIn {
            identity,
            waiting: None,
        })
    }
}
