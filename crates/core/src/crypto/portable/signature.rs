//! ECDSA on P-256 with SHA-256 and Ed25519.

use std::fmt;

use ed25519_dalek::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use crate::crypto::{
    CryptoError, P256_COMPRESSED_LENGTH, is_sec1_point, is_weak_ed25519_key, random_p256_scalar,
};
use crate::random::Randomness;

/// A P-256 key for ECDSA with SHA-256.
pub struct P256SigningKey(SigningKey);

impl P256SigningKey {
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
        SigningKey::from_bytes(scalar.into())
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

    /// The public key, compressed.
    ///
    /// # Errors
    ///
    /// None in this backend.
    pub fn public(&self) -> Result<[u8; P256_COMPRESSED_LENGTH], CryptoError> {
        let point = self.0.verifying_key().to_sec1_point(true);
        point.as_bytes().try_into().map_err(|_| CryptoError::Internal)
    }

    /// Signs; the signature is `r || s`.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Internal`] when the backend fails.
    pub fn sign(&self, message: &[u8]) -> Result<[u8; 64], CryptoError> {
        let signature: Signature = self.0.try_sign(message).map_err(|_| CryptoError::Internal)?;
        Ok(signature.to_bytes().into())
    }
}

impl fmt::Debug for P256SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("P256SigningKey(..)")
    }
}

/// Verifies an ECDSA P-256 signature `r || s` over SHA-256. The key is a compressed or uncompressed point of SEC 1.
///
/// # Errors
///
/// [`CryptoError::BadSignature`]; [`CryptoError::InvalidKey`] when the key is in neither encoding.
pub fn p256_verify(public: &[u8], message: &[u8], signature: &[u8; 64]) -> Result<(), CryptoError> {
    if !is_sec1_point(public) {
        return Err(CryptoError::InvalidKey);
    }
    let key = VerifyingKey::from_sec1_bytes(public).map_err(|_| CryptoError::BadSignature)?;
    let signature = Signature::from_bytes(signature.into()).map_err(|_| CryptoError::BadSignature)?;
    key.verify(message, &signature)
        .map_err(|_| CryptoError::BadSignature)
}

/// An Ed25519 key (RFC 8032).
pub struct Ed25519SigningKey(ed25519_dalek::SigningKey);

impl Ed25519SigningKey {
    /// Takes the 32-byte seed.
    ///
    /// # Errors
    ///
    /// None in this backend.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, CryptoError> {
        Ok(Self(ed25519_dalek::SigningKey::from_bytes(seed)))
    }

    /// The public key.
    ///
    /// # Errors
    ///
    /// None in this backend.
    pub fn public(&self) -> Result<[u8; 32], CryptoError> {
        Ok(self.0.verifying_key().to_bytes())
    }

    /// Signs.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Internal`] when the backend fails.
    pub fn sign(&self, message: &[u8]) -> Result<[u8; 64], CryptoError> {
        Ok(self
            .0
            .try_sign(message)
            .map_err(|_| CryptoError::Internal)?
            .to_bytes())
    }
}

impl fmt::Debug for Ed25519SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ed25519SigningKey(..)")
    }
}

/// Verifies an Ed25519 signature. A key of small order is refused: any message would verify under it.
///
/// # Errors
///
/// [`CryptoError::BadSignature`]; [`CryptoError::InvalidKey`] for a key of small order.
pub fn ed25519_verify(public: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> Result<(), CryptoError> {
    if is_weak_ed25519_key(public) {
        return Err(CryptoError::InvalidKey);
    }
    let key = ed25519_dalek::VerifyingKey::from_bytes(public).map_err(|_| CryptoError::BadSignature)?;
    key.verify(message, &ed25519_dalek::Signature::from_bytes(signature))
        .map_err(|_| CryptoError::BadSignature)
}
