//! Diffie-Hellman on P-256 and X25519.

use aws_lc_rs::agreement::{Algorithm, ECDH_P256, PrivateKey, UnparsedPublicKey, X25519, agree};
use aws_lc_rs::encoding::{AsBigEndian, Curve25519SeedBin, EcPrivateKeyBin};
use zeroize::Zeroizing;

use crate::crypto::{
    CryptoError, P256_UNCOMPRESSED_LENGTH, copy_secret, is_uncompressed, random_p256_scalar,
};
use crate::random::Randomness;

/// A P-256 key for ECDH.
#[derive(Debug)]
pub struct P256PrivateKey(PrivateKey);

impl P256PrivateKey {
    /// Draws a new key.
    ///
    /// # Errors
    ///
    /// [`CryptoError::RandomnessFailed`] or [`CryptoError::Internal`].
    pub fn generate(rng: &mut dyn Randomness) -> Result<Self, CryptoError> {
        Self::from_scalar(&*random_p256_scalar(rng)?)
    }

    /// Takes the private scalar, big-endian.
    ///
    /// # Errors
    ///
    /// [`CryptoError::InvalidKey`] unless `1 <= scalar < n`.
    pub fn from_scalar(scalar: &[u8; 32]) -> Result<Self, CryptoError> {
        PrivateKey::from_private_key(&ECDH_P256, scalar)
            .map(Self)
            .map_err(|_| CryptoError::InvalidKey)
    }

    /// The private scalar, big-endian.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Internal`] when the backend fails.
    pub fn expose_scalar(&self) -> Result<Zeroizing<[u8; 32]>, CryptoError> {
        let bytes: EcPrivateKeyBin<'_> = self.0.as_be_bytes().map_err(|_| CryptoError::Internal)?;
        copy_secret(bytes.as_ref())
    }

    /// The public key, uncompressed.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Internal`] when the backend fails.
    pub fn public(&self) -> Result<[u8; P256_UNCOMPRESSED_LENGTH], CryptoError> {
        public_bytes(&self.0)
    }

    /// The x coordinate of the shared point.
    ///
    /// # Errors
    ///
    /// [`CryptoError::InvalidKey`] when `peer` is not the uncompressed encoding of a point on the curve (SEC-37).
    pub fn agree(&self, peer: &[u8; P256_UNCOMPRESSED_LENGTH]) -> Result<Zeroizing<[u8; 32]>, CryptoError> {
        if !is_uncompressed(peer) {
            return Err(CryptoError::InvalidKey);
        }
        shared_secret(&self.0, &ECDH_P256, peer)
    }
}

/// An X25519 key (RFC 7748).
#[derive(Debug)]
pub struct X25519PrivateKey(PrivateKey);

impl X25519PrivateKey {
    /// Draws a new key.
    ///
    /// # Errors
    ///
    /// [`CryptoError::RandomnessFailed`] or [`CryptoError::Internal`].
    pub fn generate(rng: &mut dyn Randomness) -> Result<Self, CryptoError> {
        let mut bytes = Zeroizing::new([0; 32]);
        rng.fill(bytes.as_mut_slice())?;
        Self::from_bytes(&bytes)
    }

    /// Takes 32 secret bytes; they are clamped on use.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Internal`] when the backend fails.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, CryptoError> {
        PrivateKey::from_private_key(&X25519, bytes)
            .map(Self)
            .map_err(|_| CryptoError::Internal)
    }

    /// The secret bytes.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Internal`] when the backend fails.
    pub fn expose_bytes(&self) -> Result<Zeroizing<[u8; 32]>, CryptoError> {
        let bytes: Curve25519SeedBin<'_> = self.0.as_be_bytes().map_err(|_| CryptoError::Internal)?;
        copy_secret(bytes.as_ref())
    }

    /// The public key.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Internal`] when the backend fails.
    pub fn public(&self) -> Result<[u8; 32], CryptoError> {
        public_bytes(&self.0)
    }

    /// The shared secret.
    ///
    /// # Errors
    ///
    /// [`CryptoError::InvalidKey`] when `peer` is of low order, so that the secret would be zero (SEC-37).
    pub fn agree(&self, peer: &[u8; 32]) -> Result<Zeroizing<[u8; 32]>, CryptoError> {
        shared_secret(&self.0, &X25519, peer)
    }
}

fn public_bytes<const N: usize>(key: &PrivateKey) -> Result<[u8; N], CryptoError> {
    let public = key.compute_public_key().map_err(|_| CryptoError::Internal)?;
    public.as_ref().try_into().map_err(|_| CryptoError::Internal)
}

fn shared_secret(
    key: &PrivateKey,
    algorithm: &'static Algorithm,
    peer: &[u8],
) -> Result<Zeroizing<[u8; 32]>, CryptoError> {
    agree(
        key,
        UnparsedPublicKey::new(algorithm, peer),
        CryptoError::InvalidKey,
        copy_secret,
    )
}
