//! Signing in: grants exchanged for tokens that are bound to the caller's key (RFC 6749, 7636, 9449).

use serde::{Deserialize, Serialize};

use crate::Bytes;

/// Grant type: the code of the browser flow (RFC 6749 §4.1.3). Needs `code`, `code_verifier`, `redirect_uri`, `client_id`.
pub const GRANT_AUTHORIZATION_CODE: &str = "authorization_code";
/// Grant type: a refresh token (RFC 6749 §6). Needs `refresh_token`. It is replaced by the answer's.
pub const GRANT_REFRESH: &str = "refresh_token";
/// Grant type: a mailed sign-in code. Needs `login`, `code`, `verifier`.
pub const GRANT_MAIL_CODE: &str = "urn:clausa:grant:mail-code";
/// Grant type: address and password. Needs `address`, `password`.
pub const GRANT_PASSWORD: &str = "urn:clausa:grant:password";
/// Grant type: a sign-up that has just finished, once. Needs `signup`, `verifier`.
pub const GRANT_SIGNUP: &str = "urn:clausa:grant:signup";
/// Grant type: the second factor of a sign-in whose first was right. Needs `ticket` and `code`: six digits of the
/// authenticator, or a recovery code. By the same key as before.
pub const GRANT_SECOND_FACTOR: &str = "urn:clausa:grant:second-factor";
/// The `client_id` of the command line and other clients of this project: public, loopback redirects only.
pub const CLIENT_ID: &str = "clausa-cli";

/// Asks for a sign-in code by mail. The answer is the same whether or not the account exists (`SEC-80`).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LoginRequest {
    /// The address as typed.
    pub address: String,
    /// SHA-256 of a 32-byte verifier that the token request will show.
    pub challenge: Bytes,
}

/// A sign-in code has been sent if the account exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LoginState {
    /// Names the sign-in in the token request.
    pub id: String,
    /// When the code stops working, seconds since 1970.
    pub expires: u64,
}

/// The token request as a form (RFC 6749 §3.2); which fields are needed depends on `grant_type`.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[allow(
    missing_docs,
    reason = "the fields carry the names and meanings of the RFCs and of the grant types above"
)]
pub struct TokenRequest {
    pub grant_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_verifier: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signup: Option<String>,
    /// base64url of the 32-byte verifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verifier: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// From the refusal `second-factor-needed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
}

/// Tokens, opaque to the client and bound to its key.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenAnswer {
    /// Sent as `Authorization: DPoP <token>` beside a proof.
    pub access_token: String,
    /// Always `DPoP`.
    pub token_type: String,
    /// Seconds the access token is good for.
    pub expires_in: u32,
    /// Good for one refresh; using it twice ends the session.
    pub refresh_token: String,
}

/// Ends the session of a token (RFC 7009), as a form.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenRevokeRequest {
    /// A refresh or access token.
    pub token: String,
}
