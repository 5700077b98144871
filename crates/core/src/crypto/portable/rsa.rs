//! RSAES-OAEP with SHA-256 and MGF1-SHA-256, without a label (RFC 8017 §7.1): the public half only.

use rsa::Oaep;
use rsa::pkcs8::DecodePublicKey;
use rsa::rand_core::{self, CryptoRng, RngCore};
use rsa::traits::PublicKeyParts;
use zeroize::Zeroizing;

use crate::crypto::{CryptoError, RsaSize};
use crate::random::Randomness;

/// There is no RSA private key in this backend: a value of this type cannot exist.
#[derive(Debug)]
pub enum RsaPrivateKey {}

impl RsaPrivateKey {
    /// Not available in this backend.
    ///
    /// # Errors
    ///
    /// [`CryptoError::NotAvailable`], always.
    pub fn generate(_size: RsaSize) -> Result<Self, CryptoError> {
        Err(CryptoError::NotAvailable)
    }

    /// Not available in this backend.
    ///
    /// # Errors
    ///
    /// [`CryptoError::NotAvailable`], always.
    pub fn from_pkcs8(_der: &[u8]) -> Result<Self, CryptoError> {
        Err(CryptoError::NotAvailable)
    }

    /// Cannot be called.
    ///
    /// # Errors
    ///
    /// None.
    pub fn expose_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        match *self {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    ///
    /// None.
    pub fn public_spki(&self) -> Result<Vec<u8>, CryptoError> {
        match *self {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    ///
    /// None.
    pub fn size(&self) -> Result<RsaSize, CryptoError> {
        match *self {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    ///
    /// None.
    pub fn decrypt(&self, _ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        match *self {}
    }
}

/// An RSA public key.
#[derive(Debug)]
pub struct RsaPublicKey {
    size: RsaSize,
    key: rsa::RsaPublicKey,
}

impl RsaPublicKey {
    /// Takes a key as SubjectPublicKeyInfo, DER.
    ///
    /// # Errors
    ///
    /// [`CryptoError::InvalidKey`] when it is not an RSA key of an accepted size.
    pub fn from_spki(der: &[u8]) -> Result<Self, CryptoError> {
        let key = rsa::RsaPublicKey::from_public_key_der(der).map_err(|_| CryptoError::InvalidKey)?;
        Ok(Self {
            size: RsaSize::from_bits(key.n().bits())?,
            key,
        })
    }

    /// The size of the modulus.
    pub fn size(&self) -> RsaSize {
        self.size
    }

    /// Encrypts.
    ///
    /// # Errors
    ///
    /// [`CryptoError::InvalidLength`] when the plaintext is longer than the modulus less 66 bytes;
    /// [`CryptoError::RandomnessFailed`].
    pub fn encrypt(&self, plaintext: &[u8], rng: &mut dyn Randomness) -> Result<Vec<u8>, CryptoError> {
        if plaintext.len() > self.size.maximum_plaintext() {
            return Err(CryptoError::InvalidLength);
        }
        let mut rng = Adapter { rng, failed: false };
        let ciphertext = self
            .key
            .encrypt(&mut rng, Oaep::new::<rsa::sha2::Sha256>(), plaintext);
        if rng.failed {
            return Err(CryptoError::RandomnessFailed);
        }
        ciphertext.map_err(|_| CryptoError::Internal)
    }
}

/// Our randomness as the `rsa` crate wants it: its interface cannot report a failure, so the failure is kept until
/// the operation is over and its result is thrown away.
struct Adapter<'a> {
    rng: &'a mut dyn Randomness,
    failed: bool,
}

impl RngCore for Adapter<'_> {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        self.failed |= self.rng.fill(out).is_err();
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

impl CryptoRng for Adapter<'_> {}
