//! ML-KEM-768 (FIPS 203).

use std::fmt;

use ml_kem::kem::Decapsulate;
use ml_kem::ml_kem_768::{Ciphertext, DecapsulationKey, EncapsulationKey};
use ml_kem::{B32, Key, KeyExport, Seed};
use zeroize::{Zeroize, Zeroizing};

use crate::crypto::{
    CryptoError, Encapsulated, ML_KEM_CIPHERTEXT_LENGTH, ML_KEM_PUBLIC_LENGTH, ML_KEM_SEED_LENGTH,
};
use crate::random::Randomness;

/// An ML-KEM-768 decapsulation key, expanded once from its seed.
pub struct MlKemPrivateKey {
    key: Box<DecapsulationKey>,
    public: Box<[u8; ML_KEM_PUBLIC_LENGTH]>,
}

impl MlKemPrivateKey {
    /// Expands the seed `d || z`.
    ///
    /// # Errors
    ///
    /// None in this backend.
    pub fn from_seed(seed: &[u8; ML_KEM_SEED_LENGTH]) -> Result<Self, CryptoError> {
        let key = Box::new(DecapsulationKey::from_seed(Seed::from(*seed)));
        let public = Box::new(key.encapsulation_key().to_bytes().into());
        Ok(Self { key, public })
    }

    /// The encapsulation key.
    pub fn public(&self) -> &[u8; ML_KEM_PUBLIC_LENGTH] {
        &self.public
    }

    /// The shared secret in a ciphertext. A ciphertext that was altered gives an unrelated secret, not an error.
    ///
    /// # Errors
    ///
    /// None in this backend.
    pub fn decapsulate(
        &self,
        ciphertext: &[u8; ML_KEM_CIPHERTEXT_LENGTH],
    ) -> Result<Zeroizing<[u8; 32]>, CryptoError> {
        Ok(take(self.key.decapsulate(<&Ciphertext>::from(ciphertext))))
    }
}

impl fmt::Debug for MlKemPrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MlKemPrivateKey(..)")
    }
}

/// Makes a shared secret for the holder of an encapsulation key.
///
/// # Errors
///
/// [`CryptoError::InvalidKey`] when the key's coefficients are not reduced (FIPS 203 §7.2);
/// [`CryptoError::RandomnessFailed`].
pub fn ml_kem_encapsulate(
    public: &[u8; ML_KEM_PUBLIC_LENGTH],
    rng: &mut dyn Randomness,
) -> Result<Encapsulated, CryptoError> {
    let key =
        EncapsulationKey::new(<&Key<EncapsulationKey>>::from(public)).map_err(|_| CryptoError::InvalidKey)?;
    let mut message = Zeroizing::new([0; 32]);
    rng.fill(message.as_mut_slice())?;
    let (ciphertext, shared) = key.encapsulate_deterministic(<&B32>::from(&*message));
    Ok(Encapsulated {
        ciphertext: Box::new(ciphertext.into()),
        shared_secret: take(shared),
    })
}

fn take(mut shared: ml_kem::SharedKey) -> Zeroizing<[u8; 32]> {
    let secret = Zeroizing::new(shared.into());
    shared.as_mut_slice().zeroize();
    secret
}
