//! Signing keys and signatures. The type of the key fixes the algorithm (SEC-4).

use std::fmt;

use zeroize::Zeroizing;

use super::p256_point;
use crate::crypto::{self, CryptoError, Ed25519SigningKey, P256SigningKey};
use crate::id::{DeviceThumbprint, KeyId};
use crate::random::Randomness;

/// A public key that verifies signatures.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum VerifyingKey {
    /// Ed25519 (RFC 8032), COSE algorithm -19.
    Ed25519([u8; 32]),
    /// ECDSA with P-256 and SHA-256, COSE algorithm -9; the compressed point of SEC 1.
    P256([u8; 33]),
}

/// Bytes are not a public key of either kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key is not a valid one of its kind")]
pub struct InvalidKey;

/// 64 bytes: of Ed25519 as RFC 8032 has it, of ECDSA `r || s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

/// Signing failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The key store or hardware that holds the key did not sign.
    #[error("the signing key is not available")]
    NotAvailable,
    /// The implementation failed for a reason of its own.
    #[error("the signing key failed")]
    Failed,
}

/// Something that signs: a key in memory, in the operating system's store or in hardware.
pub trait Signer: Send + Sync {
    /// The public half.
    fn verifying_key(&self) -> VerifyingKey;

    /// Signs the message itself; hashing it is the algorithm's part.
    ///
    /// # Errors
    ///
    /// [`SignError`] when no signature came out.
    fn sign(&self, message: &[u8]) -> Result<Signature, SignError>;
}

impl VerifyingKey {
    /// Reads the encoding of certificates: 32 bytes are Ed25519, 33 a compressed P-256 point.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] for any other length or first byte. Whether a P-256 point is on the curve shows on use.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidKey> {
        if let Ok(key) = bytes.try_into() {
            return Ok(Self::Ed25519(key));
        }
        match <[u8; 33]>::try_from(bytes) {
            Ok(key @ [2 | 3, ..]) => Ok(Self::P256(key)),
            _ => Err(InvalidKey),
        }
    }

    /// Takes an uncompressed P-256 point, `04 || x || y`.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] when it is not on the curve.
    pub fn from_p256_uncompressed(point: &[u8; 65]) -> Result<Self, InvalidKey> {
        if !p256_point::is_on_curve(point) {
            return Err(InvalidKey);
        }
        Ok(Self::P256(crypto::compress_p256(point)))
    }

    /// The encoding of certificates.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Ed25519(key) => key,
            Self::P256(key) => key,
        }
    }

    /// The first 8 bytes of SHA-256 of [`as_bytes`](Self::as_bytes).
    pub fn kid(&self) -> KeyId {
        key_id(self.as_bytes())
    }

    /// The COSE key thumbprint with SHA-256 (RFC 9679): of the uncompressed point for P-256.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] when a P-256 point is not on the curve.
    pub fn thumbprint(&self) -> Result<DeviceThumbprint, InvalidKey> {
        match self {
            // {1: 1, -1: 6, -2: x}
            Self::Ed25519(x) => Ok(DeviceThumbprint::from_bytes(crypto::sha256(&[
                &[0xa3, 1, 1, 0x20, 6, 0x21, 0x58, 32],
                x,
            ]))),
            Self::P256(compressed) => Ok(Self::p256_thumbprint(
                &p256_point::decompress(compressed).ok_or(InvalidKey)?,
            )),
        }
    }

    /// The thumbprint of a P-256 key whose uncompressed point, `04 || x || y`, is at hand already. Finding `y` costs
    /// more than the rest.
    pub fn p256_thumbprint(point: &[u8; 65]) -> DeviceThumbprint {
        let [_, coordinates @ ..] = point;
        let (x, y) = coordinates.split_at(32);
        // {1: 2, -1: 1, -2: x, -3: y}
        DeviceThumbprint::from_bytes(crypto::sha256(&[
            &[0xa4, 1, 2, 0x20, 1, 0x21, 0x58, 32],
            x,
            &[0x22, 0x58, 32],
            y,
        ]))
    }

    /// The uncompressed point `04 || x || y` of a P-256 key, for formats that want coordinates; `None` for Ed25519 and
    /// for points off the curve.
    pub fn p256_uncompressed(&self) -> Option<[u8; 65]> {
        match self {
            Self::Ed25519(_) => None,
            Self::P256(compressed) => p256_point::decompress(compressed),
        }
    }

    /// Checks a signature by the P-256 key with this uncompressed point, `04 || x || y`. What [`verify`](Self::verify) does
    /// once it has found `y`.
    ///
    /// # Errors
    ///
    /// [`BadSignature`](crate::BadSignature) when it is not one by this key over this message, or the point is not on the
    /// curve.
    pub fn verify_p256_uncompressed(
        point: &[u8; 65],
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), crate::BadSignature> {
        crypto::p256_verify(point, message, &signature.0).map_err(|_| crate::BadSignature)
    }

    /// Checks a signature.
    ///
    /// # Errors
    ///
    /// [`BadSignature`](crate::BadSignature) when it is not one by this key over this message.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), crate::BadSignature> {
        match self {
            Self::Ed25519(key) => crypto::ed25519_verify(key, message, &signature.0),
            Self::P256(key) => crypto::p256_verify(key, message, &signature.0),
        }
        .map_err(|_| crate::BadSignature)
    }
}

pub(super) fn key_id(encoding: &[u8]) -> KeyId {
    let [a, b, c, d, e, f, g, h, ..] = crypto::sha256(&[encoding]);
    KeyId::from_bytes([a, b, c, d, e, f, g, h])
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Ed25519(_) => "Ed25519",
            Self::P256(_) => "P256",
        };
        write!(f, "VerifyingKey({kind} {})", self.kid())
    }
}

impl<C> minicbor::Encode<C> for VerifyingKey {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(self.as_bytes())?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for VerifyingKey {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Self::from_bytes(d.bytes()?).map_err(|_| minicbor::decode::Error::message("public key"))
    }
}

/// A signing key in memory. Whoever learns it signs as its holder.
pub struct SoftwareSigner {
    key: SigningKey,
    public: VerifyingKey,
}

enum SigningKey {
    // Ed25519 keys cannot be read back from every backend, so the seed is kept beside.
    Ed25519(Ed25519SigningKey, crate::secret::SecretBytes<32>),
    P256(P256SigningKey),
}

impl SoftwareSigner {
    const ED25519: u8 = 1;
    const P256: u8 = 2;

    /// Draws an Ed25519 key.
    ///
    /// # Errors
    ///
    /// [`SignError::Failed`] when randomness or the backend fails.
    pub fn generate_ed25519(rng: &mut dyn Randomness) -> Result<Self, SignError> {
        let seed = crate::secret::SecretBytes::generate(rng).map_err(|_| SignError::Failed)?;
        Self::ed25519(seed).map_err(|_| SignError::Failed)
    }

    /// Draws a P-256 key.
    ///
    /// # Errors
    ///
    /// [`SignError::Failed`] when randomness or the backend fails.
    pub fn generate_p256(rng: &mut dyn Randomness) -> Result<Self, SignError> {
        P256SigningKey::generate(rng)
            .and_then(Self::p256)
            .map_err(|_| SignError::Failed)
    }

    /// Reads what [`expose_secret_for_sealing`](Self::expose_secret_for_sealing) gave.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] when it is not such a key.
    pub fn from_secret_bytes(bytes: &[u8]) -> Result<Self, InvalidKey> {
        let (kind, secret) = bytes.split_first().ok_or(InvalidKey)?;
        let secret = crate::secret::SecretBytes::<32>::from_slice(secret).ok_or(InvalidKey)?;
        match *kind {
            Self::ED25519 => Self::ed25519(secret),
            Self::P256 => P256SigningKey::from_scalar(secret.expose()).and_then(Self::p256),
            _ => Err(CryptoError::InvalidKey),
        }
        .map_err(|_| InvalidKey)
    }

    /// One byte for the kind (1 Ed25519, 2 P-256) and 32 for the seed or scalar, for storing the key encrypted.
    ///
    /// # Errors
    ///
    /// [`SignError::Failed`] when the backend does not give it out.
    pub fn expose_secret_for_sealing(&self) -> Result<Zeroizing<Vec<u8>>, SignError> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(33));
        match &self.key {
            SigningKey::Ed25519(_, seed) => {
                bytes.push(Self::ED25519);
                bytes.extend_from_slice(seed.expose());
            }
            SigningKey::P256(key) => {
                bytes.push(Self::P256);
                bytes.extend_from_slice(key.expose_scalar().map_err(|_| SignError::Failed)?.as_slice());
            }
        }
        Ok(bytes)
    }

    fn ed25519(seed: crate::secret::SecretBytes<32>) -> Result<Self, CryptoError> {
        let key = Ed25519SigningKey::from_seed(seed.expose())?;
        let public = VerifyingKey::Ed25519(key.public()?);
        Ok(Self {
            key: SigningKey::Ed25519(key, seed),
            public,
        })
    }

    fn p256(key: P256SigningKey) -> Result<Self, CryptoError> {
        let public = VerifyingKey::P256(key.public()?);
        Ok(Self {
            key: SigningKey::P256(key),
            public,
        })
    }
}

impl Signer for SoftwareSigner {
    fn verifying_key(&self) -> VerifyingKey {
        self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        match &self.key {
            SigningKey::Ed25519(key, _) => key.sign(message),
            SigningKey::P256(key) => key.sign(message),
        }
        .map(Signature)
        .map_err(|_| SignError::Failed)
    }
}

impl fmt::Debug for SoftwareSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoftwareSigner")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}
