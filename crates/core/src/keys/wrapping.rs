//! A tenant's public wrapping keys: to them key blocks are encrypted (clause 4.3).

use super::KeyBlock;
use super::signing::{InvalidKey, VerifyingKey, key_id};
use crate::crypto::{CryptoError, RsaPublicKey, is_reduced_ml_kem_key};
use crate::hpke::{self, HpkeError, HpkePublicKey, Kem};
use crate::id::KeyId;
use crate::labels;
use crate::random::Randomness;

/// How a key block is wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum Suite {
    /// RSAES-OAEP with SHA-256: for imported keys and any hardware.
    RsaOaep = 1,
    /// HPKE with DHKEM(P-256): for hardware with ECDH.
    P256 = 2,
    /// HPKE with MLKEM768-X25519: the default for software keys, safe against quantum computers.
    MlKem768X25519 = 3,
}

/// A number names no suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no wrapping suite {0}")]
pub struct UnknownSuite(pub u16);

impl Suite {
    /// Every suite in the order of its number.
    pub const ALL: [Self; 3] = [Self::RsaOaep, Self::P256, Self::MlKem768X25519];

    /// The number in the file.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// True when a quantum computer does not undo it.
    pub const fn is_post_quantum(self) -> bool {
        matches!(self, Self::MlKem768X25519)
    }

    pub(super) const fn kem(self) -> Option<Kem> {
        match self {
            Self::RsaOaep => None,
            Self::P256 => Some(Kem::P256),
            Self::MlKem768X25519 => Some(Kem::MlKem768X25519),
        }
    }
}

impl TryFrom<u16> for Suite {
    type Error = UnknownSuite;

    fn try_from(number: u16) -> Result<Self, UnknownSuite> {
        Self::ALL
            .into_iter()
            .find(|suite| suite.number() == number)
            .ok_or(UnknownSuite(number))
    }
}

impl<C> minicbor::Encode<C> for Suite {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.u16(self.number())?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Suite {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.u16()?
            .try_into()
            .map_err(|_| minicbor::decode::Error::message("unknown suite"))
    }
}

/// A public wrapping key. Encodings: suite 1 SubjectPublicKeyInfo in DER, suite 2 the uncompressed point (65 bytes),
/// suite 3 the ML-KEM-768 key and the X25519 key one after the other (1 216 bytes).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappingPublicKey {
    suite: Suite,
    bytes: Vec<u8>,
}

impl WrappingPublicKey {
    /// Takes an encoded key.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] when the encoding or the size of the key is not one of the suite's, or no file can be wrapped for it
    /// (clause 4.4).
    pub fn from_bytes(suite: Suite, bytes: &[u8]) -> Result<Self, InvalidKey> {
        let is_good = match suite {
            Suite::RsaOaep => RsaPublicKey::from_spki(bytes).is_ok(),
            Suite::P256 => bytes
                .try_into()
                .is_ok_and(|point| VerifyingKey::from_p256_uncompressed(point).is_ok()),
            Suite::MlKem768X25519 => {
                bytes.len() == Kem::MlKem768X25519.public_length()
                    && bytes.first_chunk().is_some_and(is_reduced_ml_kem_key)
            }
        };
        if !is_good {
            return Err(InvalidKey);
        }
        Ok(Self {
            suite,
            bytes: bytes.to_vec(),
        })
    }

    /// The suite it is for.
    pub const fn suite(&self) -> Suite {
        self.suite
    }

    /// The encoding.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The first 8 bytes of SHA-256 of the encoding.
    pub fn kid(&self) -> KeyId {
        key_id(&self.bytes)
    }

    /// Encrypts a key block to this key.
    pub(crate) fn wrap(
        &self,
        block: &KeyBlock,
        bind: &[u8; 32],
        rng: &mut dyn Randomness,
    ) -> Result<Vec<u8>, HpkeError> {
        let plaintext = block.to_bytes(bind);
        match self.suite.kem() {
            Some(kem) => {
                let key = HpkePublicKey::from_bytes(kem, &self.bytes)?;
                hpke::seal(&key, labels::WRAP, bind, &plaintext, rng)
            }
            None => Ok(RsaPublicKey::from_spki(&self.bytes)?
                .encrypt(&plaintext, rng)
                .map_err(|error| match error {
                    CryptoError::InvalidLength => CryptoError::InvalidKey,
                    other => other,
                })?),
        }
    }
}
