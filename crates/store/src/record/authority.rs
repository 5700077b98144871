//! The authority itself: its root keys and settings.

use clausa_core::id::KeyId;

use super::micros::Micros;
use super::secret::Secret;
use super::tenant_key::KeyState;

/// A root key: what signs tenants' certificates and key sets, and what clients pin.
#[derive(Clone, Debug)]
pub struct RootKey {
    /// Key id of the public key.
    pub kid: KeyId,
    /// Public key, as `clausa_core::keys` encodes it.
    pub public: Vec<u8>,
    /// Secret key; sealed in the database.
    pub secret: Secret,
    /// Only an active root signs; an archived one is still published.
    pub state: KeyState,
    /// When it was made.
    pub created_at: Micros,
}
