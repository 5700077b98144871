//! Passkeys (Web Authentication, level 2): a key pair in somebody's device or password manager that signs for this
//! authority's own pages and for no others, once its holder has shown himself to it. Nobody can be talked out of it on a
//! false page (`SEC-161`).
//!
//! Attestation is not asked for: which make of authenticator somebody uses is his own matter.

mod challenge;
mod register;
mod show;
mod verify;

pub use challenge::{Ceremony, challenge};
pub use register::{Registered, register, user_handle};
pub use show::{Asserted, sign_in, step_up};

use clausa_core::keys::VerifyingKey;
use clausa_core::origin::Origin;

/// Longest credential id (WebAuthn §4).
const LONGEST_ID: usize = 1_023;

/// The name that passkeys are bound to: the authority's host. `None` where there can be none: browsers take no numeric
/// address for it.
pub fn relying_party(origin: &Origin) -> Option<String> {
    let host = origin.host();
    let is_numeric = host.starts_with('[') || host.parse::<std::net::IpAddr>().is_ok();
    (!is_numeric).then(|| host.to_owned())
}

/// What is kept of a passkey: its credential id and its public key.
struct Credential {
    id: Vec<u8>,
    key: VerifyingKey,
}

impl Credential {
    fn to_bytes(&self) -> Vec<u8> {
        let length = u16::try_from(self.id.len()).unwrap_or_default();
        [&length.to_be_bytes(), self.id.as_slice(), self.key.as_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let (id, key) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        Some(Self {
            id: id.to_vec(),
            key: VerifyingKey::from_bytes(key).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use clausa_core::origin::Origin;

    use super::relying_party;

    #[test]
    fn passkeys_are_bound_to_a_host_with_a_name() {
        let of = |origin: &str| relying_party(&origin.parse::<Origin>().unwrap());
        assert_eq!(of("https://rights.example").as_deref(), Some("rights.example"));
        assert_eq!(
            of("https://rights.example:8443").as_deref(),
            Some("rights.example")
        );
        assert_eq!(of("http://localhost:8080").as_deref(), Some("localhost"));
        assert_eq!(of("http://127.0.0.1:8080"), None);
        assert_eq!(of("http://[::1]:8080"), None);
    }
}
