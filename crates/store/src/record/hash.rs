//! What is stored in place of a secret that a caller shows: its SHA-256 or HMAC, one type per secret.
//!
//! The plain token and its hash are different types (the plain ones live in the server), so neither can be stored or
//! compared in the other's place.

use std::fmt;

macro_rules! hashes {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// Takes the bytes as they are.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        /// Four bytes are enough to tell two apart in a log.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let [a, b, c, d, ..] = self.0;
                write!(f, concat!(stringify!($name), "({:02x}{:02x}{:02x}{:02x}…)"), a, b, c, d)
            }
        }
    )*};
}

hashes! {
    /// SHA-256 of an access token.
    AccessTokenHash;
    /// SHA-256 of a refresh token.
    RefreshTokenHash;
    /// SHA-256 of an authorisation code.
    AuthorisationCodeHash;
    /// SHA-256 of a browser session's cookie.
    CookieHash;
    /// HMAC-SHA-256 of a mailed code, under a key that is not in the database in clear.
    CodeMac;
    /// SHA-256 of the value of a claim's record, and of whose claim to what it is.
    ClaimHash;
    /// SHA-256 of the verifier that began a sign-up or a sign-in: only who knows the verifier may go on.
    VerifierHash;
    /// SHA-256 of the ticket of a sign-in that waits for its second factor.
    TicketHash;
    /// HMAC-SHA-256 of a recovery code, under a key that is not in the database in clear.
    RecoveryCodeMac;
    /// HMAC-SHA-256 of an address that owned files, under a key that is not in the database in clear.
    OwnerMac;
    /// Names a proof: its time, 8 bytes, and 24 of the SHA-256 of its key's thumbprint and `jti`.
    ReplayKey;
}
