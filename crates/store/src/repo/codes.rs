//! Authorisation codes.

use async_trait::async_trait;

use crate::error::StoreError;
use crate::record::code::{AuthorisationCode, CodeRedemption};
use crate::record::hash::AuthorisationCodeHash;
use crate::record::ident::SessionId;
use crate::record::micros::Micros;

/// Authorisation codes of the browser flow.
#[async_trait]
pub trait AuthorisationCodes {
    /// Stores a code.
    async fn create_code(&mut self, code: &AuthorisationCode) -> Result<(), StoreError>;

    /// Uses a code up. A second use ends the session that the first began. Return the answer as an `Ok` of the
    /// transaction.
    async fn redeem_code(
        &mut self,
        hash: &AuthorisationCodeHash,
        now: Micros,
    ) -> Result<CodeRedemption, StoreError>;

    /// Notes which session a redeemed code began. False when there is no such code.
    async fn set_code_session(
        &mut self,
        hash: &AuthorisationCodeHash,
        session: SessionId,
    ) -> Result<bool, StoreError>;

    /// Forgets up to `limit` codes that expired before `before`. How many.
    async fn purge_codes(&mut self, before: Micros, limit: u32) -> Result<u64, StoreError>;
}
