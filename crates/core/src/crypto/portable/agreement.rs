//! Diffie-Hellman on P-256 and X25519.

use std::fmt;

use p256::{PublicKey, SecretKey};
use x25519_dalek::StaticSecret;
use zeroize::Zeroizing;

use crate::crypto::{CryptoError, P256_UNCOMPRESSED_LENGTH, is_uncompressed, random_p256_scalar};
use crate::random::Randomness;

/// A P-256 key for ECDH.
pub struct P256PrivateKey(SecretKey);

impl P256PrivateKey {
    /// Draws a new key.
    ///
    /// # Errors
    ///
    /// [`CryptoError::RandomnessFailed`].
    pub fn generate(rng: &mut dyn Randomness) -> Result<Self, CryptoError> {
        Self::from_scalar(&*random_p256_scalar(rng)?)
    }

    /// Takes the private scalar, big-endian.
    ///
    /// # Errors
    ///
    /// [`CryptoError::InvalidKey`] unless `1 <= scalar < n`.
    pub fn from_scalar(scalar: &[u8; 32]) -> Result<Self, CryptoError> {
        SecretKey::from_bytes(scalar.into())
            .map(Self)
            .map_err(|_| CryptoError::InvalidKey)
    }

    /// The private scalar, big-endian.
    ///
    /// # Errors
    ///
    /// None in this backend.
    pub fn expose_scalar(&self) -> Result<Zeroizing<[u8; 32]>, CryptoError> {
        Ok(Zeroizing::new(self.0.to_bytes().into()))
    }

    /// The public key, uncompressed.
    ///
    /// # Errors
    ///
    /// None in this backend.
    pub fn public(&self) -> Result<[u8; P256_UNCOMPRESSED_LENGTH], CryptoError> {
        let point = p256::Sec1Point::from(self.0.public_key());
        point.as_bytes().try_into().map_err(|_| CryptoError::Internal)
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
        let peer = PublicKey::from_sec1_bytes(peer).map_err(|_| CryptoError::InvalidKey)?;
        let shared = self.0.diffie_hellman(&peer);
        Ok(Zeroizing::new((*shared.raw_secret_bytes()).into()))
    }
}

impl fmt::Debug for P256PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("P256PrivateKey(..)")
    }
}

/// An X25519 key (RFC 7748).
pub struct X25519PrivateKey(StaticSecret);

impl X25519PrivateKey {
    /// Draws a new key.
    ///
    /// # Errors
    ///
    /// [`CryptoError::RandomnessFailed`].
    pub fn generate(rng: &mut dyn Randomness) -> Result<Self, CryptoError> {
        let mut bytes = Zeroizing::new([0; 32]);
        rng.fill(bytes.as_mut_slice())?;
        Self::from_bytes(&bytes)
    }

    /// Takes 32 secret bytes; they are clamped on use.
    ///
    /// # Errors
    ///
    /// None in this backend.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, CryptoError> {
        Ok(Self(StaticSecret::from(*bytes)))
    }

    /// The secret bytes.
    ///
    /// # Errors
    ///
    /// None in this backend.
    pub fn expose_bytes(&self) -> Result<Zeroizing<[u8; 32]>, CryptoError> {
        Ok(Zeroizing::new(self.0.to_bytes()))
    }

    /// The public key.
    ///
    /// # Errors
    ///
    /// None in this backend.
    pub fn public(&self) -> Result<[u8; 32], CryptoError> {
        Ok(x25519_dalek::PublicKey::from(&self.0).to_bytes())
    }

    /// The shared secret.
    ///
    /// # Errors
    ///
    /// [`CryptoError::InvalidKey`] when `peer` is of low order, so that the secret would be zero (SEC-37).
    pub fn agree(&self, peer: &[u8; 32]) -> Result<Zeroizing<[u8; 32]>, CryptoError> {
        let shared = self.0.diffie_hellman(&x25519_dalek::PublicKey::from(*peer));
        if !shared.was_contributory() {
            return Err(CryptoError::InvalidKey);
        }
        Ok(Zeroizing::new(shared.to_bytes()))
    }
}

impl fmt::Debug for X25519PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("X25519PrivateKey(..)")
    }
}
