//! ECDSA on P-256 with SHA-256 and Ed25519.

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::encoding::{AsBigEndian, EcPrivateKeyBin};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    UnparsedPublicKey,
};
use zeroize::Zeroizing;

use crate::crypto::{
    CryptoError, P256_COMPRESSED_LENGTH, P256_UNCOMPRESSED_LENGTH, compress_p256, copy_secret, is_sec1_point,
    is_weak_ed25519_key, random_p256_scalar,
};
use crate::random::Randomness;

/// A P-256 key for ECDSA with SHA-256.
#[derive(Debug)]
pub struct P256SigningKey(EcdsaKeyPair);

impl P256SigningKey {
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
        // The interface for ECDSA wants the public key too; the one for ECDH computes it.
        let key = PrivateKey::from_private_key(&ECDH_P256, scalar).map_err(|_| CryptoError::InvalidKey)?;
        let public = key.compute_public_key().map_err(|_| CryptoError::Internal)?;
        EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            scalar,
            public.as_ref(),
        )
        .map(Self)
        .map_err(|_| CryptoError::InvalidKey)
    }

    /// The private scalar, big-endian.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Internal`] when the backend fails.
    pub fn expose_scalar(&self) -> Result<Zeroizing<[u8; 32]>, CryptoError> {
        let bytes: EcPrivateKeyBin<'_> = self
            .0
            .private_key()
            .as_be_bytes()
            .map_err(|_| CryptoError::Internal)?;
        copy_secret(bytes.as_ref())
    }

    /// The public key, compressed.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Internal`] when the backend fails.
    pub fn public(&self) -> Result<[u8; P256_COMPRESSED_LENGTH], CryptoError> {
        let public: &[u8; P256_UNCOMPRESSED_LENGTH] = self
            .0
            .public_key()
            .as_ref()
            .try_into()
            .map_err(|_| CryptoError::Internal)?;
        Ok(compress_p256(public))
    }

    /// Signs; the signature is `r || s`.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Internal`] when the backend fails.
    pub fn sign(&self, message: &[u8]) -> Result<[u8; 64], CryptoError> {
        // The generator is a parameter for compatibility's sake only; AWS-LC uses its own.
        let signature = self
            .0
            .sign(&SystemRandom::new(), message)
            .map_err(|_| CryptoError::Internal)?;
        signature.as_ref().try_into().map_err(|_| CryptoError::Internal)
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
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public)
        .verify(message, signature)
        .map_err(|_| CryptoError::BadSignature)
}

/// An Ed25519 key (RFC 8032).
#[derive(Debug)]
pub struct Ed25519SigningKey(Ed25519KeyPair);

impl Ed25519SigningKey {
    /// Takes the 32-byte seed.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Internal`] when the backend fails.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, CryptoError> {
        Ed25519KeyPair::from_seed_unchecked(seed)
            .map(Self)
            .map_err(|_| CryptoError::Internal)
    }

    /// The public key.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Internal`] when the backend fails.
    pub fn public(&self) -> Result<[u8; 32], CryptoError> {
        self.0
            .public_key()
            .as_ref()
            .try_into()
            .map_err(|_| CryptoError::Internal)
    }

    /// Signs.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Internal`] when the backend fails.
    pub fn sign(&self, message: &[u8]) -> Result<[u8; 64], CryptoError> {
        let signature = self.0.try_sign(message).map_err(|_| CryptoError::Internal)?;
        signature.as_ref().try_into().map_err(|_| CryptoError::Internal)
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
    UnparsedPublicKey::new(&ED25519, public)
        .verify(message, signature)
        .map_err(|_| CryptoError::BadSignature)
}
