//! Authorisation codes of the browser flow (RFC 6749 §4.1, RFC 7636).

use clausa_core::id::{AccountId, DeviceThumbprint, TenantId};

use super::hash::AuthorisationCodeHash;
use super::ident::SessionId;
use super::micros::Micros;
use super::proof::Proof;

/// A code that the browser carried to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorisationCode {
    /// Hash of the code.
    pub hash: AuthorisationCodeHash,
    /// The client it was made for.
    pub client: String,
    /// Where the browser was sent; the token request repeats it.
    pub redirect_uri: String,
    /// PKCE challenge, method S256.
    pub pkce_challenge: [u8; 32],
    /// Key that the token request must be signed with, when the client said so.
    pub key: Option<DeviceThumbprint>,
    /// Who signed in.
    pub account: AccountId,
    /// The account's tenant.
    pub tenant: TenantId,
    /// When and how he showed who he is.
    pub proof: Proof,
    /// The session that the code began, once redeemed.
    pub session: Option<SessionId>,
    /// When it was made.
    pub created_at: Micros,
    /// When it stops working.
    pub expires_at: Micros,
}

/// What came of a shown code. Every variant is an answer to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeRedemption {
    /// Good, for the first and last time.
    Redeemed(AuthorisationCode),
    /// It had been used before; the session it began, if any, has been ended (RFC 6749 §4.1.2).
    Reused(AuthorisationCode),
    /// Unknown or too old.
    Refused,
}
