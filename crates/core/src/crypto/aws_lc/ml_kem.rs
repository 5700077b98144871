//! ML-KEM-768 (FIPS 203).

use aws_lc_rs::kem::{Ciphertext, DecapsulationKey, EncapsulationKey, ML_KEM_768};
use zeroize::Zeroizing;

use crate::crypto::{
    CryptoError, Encapsulated, ML_KEM_CIPHERTEXT_LENGTH, ML_KEM_PUBLIC_LENGTH, ML_KEM_SEED_LENGTH,
    copy_secret, expand_ml_kem_seed,
};
use crate::random::Randomness;

/// An ML-KEM-768 decapsulation key, expanded once from its seed.
///
/// `aws-lc-rs` cannot expand a seed, so the `ml-kem` crate does; decapsulation is AWS-LC's.
#[derive(Debug)]
pub struct MlKemPrivateKey {
    key: DecapsulationKey,
    public: Box<[u8; ML_KEM_PUBLIC_LENGTH]>,
}

impl MlKemPrivateKey {
    /// Expands the seed `d || z`.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Internal`] when the backend fails.
    pub fn from_seed(seed: &[u8; ML_KEM_SEED_LENGTH]) -> Result<Self, CryptoError> {
        let expanded = expand_ml_kem_seed(seed);
        let key = DecapsulationKey::new(&ML_KEM_768, expanded.private.expose())
            .map_err(|_| CryptoError::Internal)?;
        Ok(Self {
            key,
            public: expanded.public,
        })
    }

    /// The encapsulation key.
    pub fn public(&self) -> &[u8; ML_KEM_PUBLIC_LENGTH] {
        &self.public
    }

    /// The shared secret in a ciphertext. A ciphertext that was altered gives an unrelated secret, not an error.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Internal`] when the backend fails.
    pub fn decapsulate(
        &self,
        ciphertext: &[u8; ML_KEM_CIPHERTEXT_LENGTH],
    ) -> Result<Zeroizing<[u8; 32]>, CryptoError> {
        let shared = self
            .key
            .decapsulate(Ciphertext::from(ciphertext.as_slice()))
            .map_err(|_| CryptoError::Internal)?;
        copy_secret(shared.as_ref())
    }
}

/// Makes a shared secret for the holder of an encapsulation key. AWS-LC draws the randomness itself, so `rng` is
/// not used here.
///
/// # Errors
///
/// [`CryptoError::InvalidKey`] when the key's coefficients are not reduced (FIPS 203 §7.2).
pub fn ml_kem_encapsulate(
    public: &[u8; ML_KEM_PUBLIC_LENGTH],
    _rng: &mut dyn Randomness,
) -> Result<Encapsulated, CryptoError> {
    let key = EncapsulationKey::new(&ML_KEM_768, public).map_err(|_| CryptoError::InvalidKey)?;
    let (ciphertext, shared) = key.encapsulate().map_err(|_| CryptoError::InvalidKey)?;
    let mut copy = Box::new([0; ML_KEM_CIPHERTEXT_LENGTH]);
    if ciphertext.as_ref().len() != copy.len() {
        return Err(CryptoError::Internal);
    }
    copy.copy_from_slice(ciphertext.as_ref());
    Ok(Encapsulated {
        ciphertext: copy,
        shared_secret: copy_secret(shared.as_ref())?,
    })
}
