//! Factors that are asked for beside a password or a mailed code, and the codes for the day they are lost.

use clausa_core::address::Address;
use clausa_core::id::{AccountId, TenantId};

use super::hash::TicketHash;
use super::ident::FactorId;
use super::micros::Micros;
use super::proof::Proof;
use super::secret::Secret;
use super::words;

words! {
    /// What kind of further factor it is.
    FactorKind {
        /// An authenticator that shows one-time codes (RFC 6238).
        Totp = "totp",
        /// A passkey (WebAuthn).
        Passkey = "passkey",
    }
}

/// A further factor of an account.
#[derive(Clone, Debug)]
pub struct FurtherFactor {
    /// Names it.
    pub id: FactorId,
    /// Whose it is.
    pub account: AccountId,
    /// What it is.
    pub kind: FactorKind,
    /// What its owner calls it.
    pub name: String,
    /// What it is checked with: an authenticator's secret, a passkey's public key. Sealed in the database.
    pub secret: Secret,
    /// Grows with every use, so that nothing is used twice: an authenticator's time step, a passkey's counter.
    pub counter: u64,
    /// When it was added.
    pub created_at: Micros,
    /// When it was first shown: only from then on is it asked for.
    pub confirmed_at: Option<Micros>,
    /// When it was last used.
    pub last_used_at: Option<Micros>,
}

/// A sign-in whose first factor was right, waiting for the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingSignIn {
    /// Hash of the ticket that names it.
    pub ticket: TicketHash,
    /// The account's tenant.
    pub tenant: TenantId,
    /// Who is signing in.
    pub account: AccountId,
    /// The address he goes by.
    pub address: Address,
    /// Whoever began: the thumbprint of a client's key, or the hash of a browser's cookie. Nobody else goes on.
    pub holder: [u8; 32],
    /// The first factor.
    pub proof: Proof,
    /// Wrong codes that may still be typed.
    pub tries_left: u8,
    /// When it was begun.
    pub created_at: Micros,
    /// When it is too late.
    pub expires_at: Micros,
}
