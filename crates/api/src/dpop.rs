//! Proof of possession (RFC 9449): every call of a signed-in client carries a fresh proof signed by its device key.

use serde::{Deserialize, Serialize};

/// Header that carries the proof.
pub const HEADER: &str = "dpop";
/// `typ` of the proof's JOSE header.
pub const TYPE: &str = "dpop+jwt";
/// The only algorithm: ECDSA on P-256.
pub const ALGORITHM: &str = "ES256";
/// How far `iat` may be from the authority's clock, in seconds, either way.
pub const MAX_SKEW_SECONDS: u64 = 60;

/// The claims of a proof (RFC 9449 §4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofClaims {
    /// Method of the request, upper case.
    pub htm: String,
    /// Origin and path of the request, without query.
    pub htu: String,
    /// Drawn for this request: base64url of 16 random bytes.
    pub jti: String,
    /// Seconds since 1970.
    pub iat: u64,
    /// base64url of the SHA-256 of the access token; absent in a token request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ath: Option<String>,
}

/// The public key in the proof's header: P-256, coordinates base64url of 32 bytes (RFC 7517).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofKey {
    /// Always `EC`.
    pub kty: String,
    /// Always `P-256`.
    pub crv: String,
    /// First coordinate.
    pub x: String,
    /// Second coordinate.
    pub y: String,
}

/// The JOSE header of a proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofHeader {
    /// [`TYPE`].
    pub typ: String,
    /// [`ALGORITHM`].
    pub alg: String,
    /// The key that signed.
    pub jwk: ProofKey,
}
