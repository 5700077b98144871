//! What both backends share: the error, sizes, and functions for which one implementation serves both.

use sha2::{Digest, Sha256};

use zeroize::Zeroizing;

use crate::random::{Randomness, RandomnessFailed};
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

/// Whether the encoding is the one without compression; point validation is the backend's.
pub(super) fn is_uncompressed(public: &[u8; P256_UNCOMPRESSED_LENGTH]) -> bool {
    public.first() == Some(&4)
}

/// Draws a P-256 scalar uniformly from `1 ..= n - 1` by rejection, as RFC 9180 §7.1.3 and FIPS 186-5 A.2.2 do.
pub(super) fn random_p256_scalar(rng: &mut dyn Randomness) -> Result<Zeroizing<[u8; 32]>, CryptoError> {
    /// The order of the group, big-endian.
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
        0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    /// A draw is rejected once in 2^32; a source that is rejected this often is broken.
    const ATTEMPTS: usize = 8;
    let mut scalar = Zeroizing::new([0; 32]);
    for _ in 0..ATTEMPTS {
        rng.fill(scalar.as_mut_slice())?;
        // Rejected candidates are thrown away, so how long the comparison takes tells nothing about the kept one
        // but that it is in range.
        if *scalar != [0; 32] && *scalar < ORDER {
            return Ok(scalar);
        }
    }
    Err(CryptoError::RandomnessFailed)
}

/// An ML-KEM shared secret and the ciphertext that carries it.
#[derive(Debug)]
pub struct Encapsulated {
    /// For the holder of the private key.
    pub ciphertext: Box<[u8; ML_KEM_CIPHERTEXT_LENGTH]>,
    /// For us.
    pub shared_secret: Zeroizing<[u8; 32]>,
}

/// The RSA moduli we accept (format §2, suite 1).
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

/// The compressed encoding of an uncompressed P-256 point.
pub fn compress_p256(point: &[u8; P256_UNCOMPRESSED_LENGTH]) -> [u8; P256_COMPRESSED_LENGTH] {
    let mut compressed = [0; P256_COMPRESSED_LENGTH];
    let [_, x @ .., last] = point;
    let y_is_odd = last & 1;
    for (to, from) in compressed
        .iter_mut()
        .zip(std::iter::once(&(2 + y_is_odd)).chain(x))
    {
        *to = *from;
    }
    compressed
}

/// Whether this is one of the two encodings of a P-256 public key that we take; not the hybrid one, and not DER,
/// which a backend may also read.
pub(super) fn is_sec1_point(public: &[u8]) -> bool {
    matches!(
        (public.len(), public.first()),
        (P256_COMPRESSED_LENGTH, Some(2 | 3)) | (P256_UNCOMPRESSED_LENGTH, Some(4))
    )
}

/// Whether an Ed25519 public key is a point of small order, in any of its encodings, canonical or not. Public
/// data, so the time taken does not matter.
pub(super) fn is_weak_ed25519_key(public: &[u8; 32]) -> bool {
    /// The y coordinates of the eight points, little-endian: 0, 1, -1, the two of order 8, and p, p + 1 (0 and 1
    /// unreduced). A negative y needs no further entry: -1 unreduced exceeds 255 bits.
    const SMALL_ORDER: [[u8; 32]; 7] = [
        [0; 32],
        [
            1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ],
        [
            0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
        ],
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
            0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
            0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
        [
            0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
        ],
        [
            0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
        ],
    ];
    // The top bit is the sign of x.
    let mut y = *public;
    if let Some(top) = y.last_mut() {
        *top &= 0x7f;
    }
    SMALL_ORDER.contains(&y)
}
