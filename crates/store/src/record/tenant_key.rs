//! A tenant's keys and its signed key set.

use clausa_core::id::KeyId;

use super::micros::Micros;
use super::secret::Secret;
use super::words;

words! {
    /// What a tenant's key is for. Signing and unwrapping keys are disjoint (`SEC-70`).
    KeyPurpose {
        /// Signs licensor certificates.
        Licensor = "licensor",
        /// Signs use licences.
        Licence = "licence",
        /// Signs edit grants.
        Edit = "edit",
        /// Signs the log's checkpoints.
        Checkpoint = "checkpoint",
        /// Unwraps the content keys of publishing licences.
        Wrapping = "wrapping",
    }
}

words! {
    /// Whether a key makes new things or only serves old ones.
    KeyState {
        /// In use for new things.
        Active = "active",
        /// Kept for what exists.
        Archived = "archived",
    }
}

/// One key pair of a tenant.
#[derive(Clone, Debug)]
pub struct TenantKey {
    /// Key id of the public key.
    pub kid: KeyId,
    /// What it is for.
    pub purpose: KeyPurpose,
    /// Number of the wrapping suite, for a wrapping key.
    pub suite: Option<u8>,
    /// Public key, as `clausa_core::keys` encodes it.
    pub public: Vec<u8>,
    /// Secret key; sealed in the database.
    pub secret: Secret,
    /// The tenant certificate signed by the root, for a signing key.
    pub certificate: Option<Vec<u8>>,
    /// Whether it is in use for new things.
    pub state: KeyState,
    /// When it was made.
    pub created_at: Micros,
}

/// What is needed to sign with a key whose secret half is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKey {
    /// Key id of the public key.
    pub kid: KeyId,
    /// What it signs.
    pub purpose: KeyPurpose,
    /// The tenant certificate signed by the root.
    pub certificate: Option<Vec<u8>>,
}

/// The tenant's key set as clients get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySet {
    /// Grows with every change.
    pub version: u64,
    /// The signed bytes.
    pub bytes: Vec<u8>,
    /// When it was signed.
    pub issued_at: Micros,
    /// When clients stop trusting it.
    pub expires_at: Micros,
}
