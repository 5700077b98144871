//! The two KEMs, their keys and what they encapsulate.

mod dhkem;
mod x_wing;

use std::fmt;

use zeroize::Zeroizing;

use super::HpkeError;
use crate::crypto::{AEAD_TAG_LENGTH, P256_UNCOMPRESSED_LENGTH, P256PrivateKey};
use crate::random::Randomness;
use crate::secret::SecretBytes;

/// A key encapsulation mechanism of the two we use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kem {
    /// DHKEM(P-256, HKDF-SHA256), RFC 9180 §7.1.
    P256,
    /// MLKEM768-X25519, draft-ietf-hpke-pq: X-Wing.
    MlKem768X25519,
}

impl Kem {
    /// The identifier in the registry.
    pub fn code_point(self) -> u16 {
        match self {
            Self::P256 => 0x0010,
            Self::MlKem768X25519 => 0x647a,
        }
    }

    /// Bytes of a public key.
    pub fn public_length(self) -> usize {
        match self {
            Self::P256 => P256_UNCOMPRESSED_LENGTH,
            Self::MlKem768X25519 => x_wing::PUBLIC_LENGTH,
        }
    }

    /// Bytes of `enc`.
    pub fn encapsulation_length(self) -> usize {
        match self {
            Self::P256 => P256_UNCOMPRESSED_LENGTH,
            Self::MlKem768X25519 => x_wing::ENCAPSULATION_LENGTH,
        }
    }

    /// Bytes that a sealed message is longer than its plaintext.
    pub fn overhead(self) -> usize {
        self.encapsulation_length() + AEAD_TAG_LENGTH
    }
}

/// A key that messages can be sealed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HpkePublicKey {
    kem: Kem,
    bytes: Box<[u8]>,
}

impl HpkePublicKey {
    /// Takes an encoded key: for P-256 the uncompressed point, for MLKEM768-X25519 the two keys one after another.
    /// The length is checked here, the rest when the key is used.
    ///
    /// # Errors
    ///
    /// [`HpkeError::InvalidKey`] when the length is wrong.
    pub fn from_bytes(kem: Kem, bytes: &[u8]) -> Result<Self, HpkeError> {
        if bytes.len() == kem.public_length() {
            Ok(Self {
                kem,
                bytes: bytes.into(),
            })
        } else {
            Err(HpkeError::InvalidKey)
        }
    }

    /// The encoded key.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The mechanism it is for.
    pub fn kem(&self) -> Kem {
        self.kem
    }

    pub(super) fn encapsulate(&self, rng: &mut dyn Randomness) -> Result<Encapsulated, HpkeError> {
        match self.kem {
            Kem::P256 => dhkem::encapsulate(&self.bytes, rng),
            Kem::MlKem768X25519 => x_wing::encapsulate(&self.bytes, rng),
        }
    }
}

/// A key that opens messages: a P-256 scalar, or the 32-byte seed of X-Wing. Prepared once, when it is loaded.
pub struct HpkePrivateKey {
    secret: SecretBytes<32>,
    public: HpkePublicKey,
    prepared: Prepared,
}

enum Prepared {
    P256(P256PrivateKey),
    MlKem768X25519(Box<x_wing::PrivateKey>),
}

impl HpkePrivateKey {
    /// Draws a new key.
    ///
    /// # Errors
    ///
    /// [`HpkeError::RandomnessFailed`] or [`HpkeError::Backend`].
    pub fn generate(kem: Kem, rng: &mut dyn Randomness) -> Result<Self, HpkeError> {
        match kem {
            Kem::P256 => Self::from_bytes(kem, &*P256PrivateKey::generate(rng)?.expose_scalar()?),
            Kem::MlKem768X25519 => {
                let seed = SecretBytes::generate(rng).map_err(|_| HpkeError::RandomnessFailed)?;
                Self::from_bytes(kem, seed.expose())
            }
        }
    }

    /// Takes 32 secret bytes: for P-256 the scalar, big-endian; for MLKEM768-X25519 the seed.
    ///
    /// # Errors
    ///
    /// [`HpkeError::InvalidKey`] when the scalar is out of range.
    pub fn from_bytes(kem: Kem, bytes: &[u8; 32]) -> Result<Self, HpkeError> {
        let (prepared, public) = match kem {
            Kem::P256 => {
                let key = P256PrivateKey::from_scalar(bytes)?;
                let public = HpkePublicKey::from_bytes(kem, &key.public()?)?;
                (Prepared::P256(key), public)
            }
            Kem::MlKem768X25519 => {
                let key = x_wing::PrivateKey::expand(bytes)?;
                let public = HpkePublicKey::from_bytes(kem, &key.public())?;
                (Prepared::MlKem768X25519(Box::new(key)), public)
            }
        };
        Ok(Self {
            secret: SecretBytes::from_bytes(bytes),
            public,
            prepared,
        })
    }

    /// The 32 secret bytes, for storing the key sealed under another one.
    pub fn expose_bytes(&self) -> &[u8; 32] {
        self.secret.expose()
    }

    /// The public half.
    pub fn public(&self) -> &HpkePublicKey {
        &self.public
    }

    /// The mechanism it is for.
    pub fn kem(&self) -> Kem {
        self.public.kem
    }

    pub(super) fn decapsulate(&self, encapsulation: &[u8]) -> Result<Zeroizing<[u8; 32]>, HpkeError> {
        match &self.prepared {
            Prepared::P256(key) => dhkem::decapsulate(key, &self.public.bytes, encapsulation),
            Prepared::MlKem768X25519(key) => key.decapsulate(encapsulation),
        }
    }
}

impl fmt::Debug for HpkePrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HpkePrivateKey")
            .field("kem", &self.kem())
            .finish_non_exhaustive()
    }
}

/// A shared secret and the bytes that carry it to the holder of the private key.
pub(super) struct Encapsulated {
    pub(super) encapsulation: Vec<u8>,
    pub(super) shared_secret: Zeroizing<[u8; 32]>,
}
