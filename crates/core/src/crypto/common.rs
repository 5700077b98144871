//! What both backends share: the error, sizes, and functions for which one implementation serves both.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::random::RandomnessFailed;
#[cfg(feature = "aws-lc")]
use crate::secret::SecretBytes;

/// Bytes of an AES-256-GCM key.
pub const AEAD_KEY_LENGTH: usize = 32;
/// Bytes of an AES-GCM nonce.
pub const AEAD_NONCE_LENGTH: usize = 12;
/// Bytes of an AES-GCM tag.
pub const AEAD_TAG_LENGTH: usize = 16;
/// Bytes of a P-256 public key in the uncompressed encoding of SEC 1.
pub const P256_UNCOMPRESSED_LENGTH: usize = 65;
/// Bytes of a P-256 public key in the compressed encoding of SEC 1.
pub const P256_COMPRESSED_LENGTH: usize = 33;
/// The longest key that HKDF-Expand takes here, in bytes: longer ones would be hashed by HMAC, which no caller wants.
pub(super) const HKDF_MAXIMUM_KEY_LENGTH: usize = 64;
/// Bytes of an ML-KEM-768 seed, `d || z` (FIPS 203 §7.1).
pub const ML_KEM_SEED_LENGTH: usize = 64;
/// Bytes of an ML-KEM-768 encapsulation key.
pub const ML_KEM_PUBLIC_LENGTH: usize = 1184;
/// Bytes of an ML-KEM-768 ciphertext.
pub const ML_KEM_CIPHERTEXT_LENGTH: usize = 1088;

/// Why a primitive did not give a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CryptoError {
    /// The key, public or private, is not a valid one of its kind, or is of a size we do not accept.
    #[error("the key is not valid")]
    InvalidKey,
    /// An argument is too long or too short for the primitive.
    #[error("an argument has the wrong length")]
    InvalidLength,
    /// The ciphertext was not made with this key, or was altered. Deliberately without detail.
    #[error("the ciphertext does not open")]
    DecryptionFailed,
    /// The signature is not one by this key over this message.
    #[error("the signature does not verify")]
    BadSignature,
    /// This build has no implementation of the operation, for example RSA private operations without `aws-lc`.
    #[error("the operation is not available in this build")]
    NotAvailable,
    /// The source of randomness failed.
    #[error("the source of randomness failed")]
    RandomnessFailed,
    /// The backend failed for a reason of its own.
    #[error("the cryptographic backend failed")]
    Internal,
}

impl From<RandomnessFailed> for CryptoError {
    fn from(_: RandomnessFailed) -> Self {
        Self::RandomnessFailed
    }
}

/// SHA-256 over the parts, one after another. The `sha2` crate runs at the hardware's limit and serves both backends.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// Compares two byte strings in time that depends on their lengths only.
#[must_use]
pub fn constant_time_eq(left: &[u8], right: &[u8]) -> bool {
    use subtle::ConstantTimeEq;
    left.ct_eq(right).into()
}

/// An ML-KEM shared secret and the ciphertext that carries it.
#[derive(Debug)]
pub struct Encapsulated {
    /// For the holder of the private key.
    pub ciphertext: Box<[u8; ML_KEM_CIPHERTEXT_LENGTH]>,
    /// For us.
    pub shared_secret: Zeroizing<[u8; 32]>,
}

/// Whether the coefficients of an ML-KEM-768 encapsulation key are reduced: the modulus check of FIPS 203 §7.2. Each
/// three bytes hold two of 12 bits; the last 32 bytes are a seed.
pub fn is_reduced_ml_kem_key(public: &[u8; ML_KEM_PUBLIC_LENGTH]) -> bool {
    const MODULUS: u16 = 3_329;
    let (coefficients, _seed) = public.split_at(ML_KEM_PUBLIC_LENGTH - 32);
    let (pairs, _) = coefficients.as_chunks::<3>();
    pairs.iter().all(|&[low, middle, high]| {
        let first = u16::from(low) | u16::from(middle & 0x0f) << 8;
        let second = u16::from(middle >> 4) | u16::from(high) << 4;
        first < MODULUS && second < MODULUS
    })
}

/// The RSA moduli we accept (clause 4.3, suite 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RsaSize {
    /// 2048 bit: imported keys only.
    Bits2048,
    /// 3072 bit.
    Bits3072,
    /// 4096 bit.
    Bits4096,
}

impl RsaSize {
    /// The size with this many bits.
    ///
    /// # Errors
    ///
    /// [`CryptoError::InvalidKey`] for any other number.
    pub fn from_bits(bits: usize) -> Result<Self, CryptoError> {
        match bits {
            2048 => Ok(Self::Bits2048),
            3072 => Ok(Self::Bits3072),
            4096 => Ok(Self::Bits4096),
            _ => Err(CryptoError::InvalidKey),
        }
    }

    /// Bits of the modulus.
    pub fn bits(self) -> usize {
        match self {
            Self::Bits2048 => 2048,
            Self::Bits3072 => 3072,
            Self::Bits4096 => 4096,
        }
    }

    /// The longest plaintext that OAEP with SHA-256 takes, in bytes: two hashes and two bytes less than the modulus.
    pub(super) fn maximum_plaintext(self) -> usize {
        self.bits() / 8 - 66
    }
}

/// An ML-KEM-768 key pair in the encodings of FIPS 203.
#[cfg(feature = "aws-lc")]
pub(super) struct ExpandedMlKemKey {
    pub(super) private: SecretBytes<2400>,
    pub(super) public: Box<[u8; ML_KEM_PUBLIC_LENGTH]>,
}

/// ML-KEM.KeyGen_internal (FIPS 203 §6.1).
#[cfg(feature = "aws-lc")]
#[expect(
    deprecated,
    reason = "the expanded form is the only one that aws-lc-rs takes; it is not stored anywhere"
)]
pub(super) fn expand_ml_kem_seed(seed: &[u8; ML_KEM_SEED_LENGTH]) -> ExpandedMlKemKey {
    use ml_kem::{ExpandedKeyEncoding, KeyExport, ml_kem_768::DecapsulationKey};
    let mut seed = ml_kem::Seed::from(*seed);
    let key = DecapsulationKey::from_seed(seed);
    zeroize::Zeroize::zeroize(seed.as_mut_slice());
    let public = Box::new(key.encapsulation_key().to_bytes().into());
    let mut expanded = key.to_expanded_bytes();
    let mut private = SecretBytes::zeroed();
    private.expose_mut().copy_from_slice(&expanded);
    zeroize::Zeroize::zeroize(expanded.as_mut_slice());
    ExpandedMlKemKey { private, public }
}

/// Takes over a 32-byte secret that a backend hands out as a slice.
#[cfg(feature = "aws-lc")]
pub(super) fn copy_secret(bytes: &[u8]) -> Result<Zeroizing<[u8; 32]>, CryptoError> {
    let mut secret = Zeroizing::new([0; 32]);
    if bytes.len() != secret.len() {
        return Err(CryptoError::Internal);
    }
    secret.copy_from_slice(bytes);
    Ok(secret)
}
