//! RSAES-OAEP with SHA-256 and MGF1-SHA-256, without a label (RFC 8017 §7.1).

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey,
    PublicEncryptingKey,
};
use zeroize::Zeroizing;

use crate::crypto::{CryptoError, RsaSize};
use crate::random::Randomness;

/// An RSA private key, parsed and checked once: loading one costs as much as several decryptions.
#[derive(Debug)]
pub struct RsaPrivateKey {
    key: PrivateDecryptingKey,
    oaep: OaepPrivateDecryptingKey,
}

impl RsaPrivateKey {
    /// Draws a new key. AWS-LC draws the randomness itself.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Internal`] when the backend fails.
    pub fn generate(size: RsaSize) -> Result<Self, CryptoError> {
        let size = match size {
            RsaSize::Bits2048 => KeySize::Rsa2048,
            RsaSize::Bits3072 => KeySize::Rsa3072,
            RsaSize::Bits4096 => KeySize::Rsa4096,
        };
        Self::new(PrivateDecryptingKey::generate(size).map_err(|_| CryptoError::Internal)?)
    }

    /// Takes a key in PKCS#8 DER.
    ///
    /// # Errors
    ///
    /// [`CryptoError::InvalidKey`] when it is not a consistent RSA key of an accepted size.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, CryptoError> {
        Self::new(PrivateDecryptingKey::from_pkcs8(der).map_err(|_| CryptoError::InvalidKey)?)
    }

    /// The key in PKCS#8 DER.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Internal`] when the backend fails.
    pub fn expose_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        let der: Pkcs8V1Der<'_> = self.key.as_der().map_err(|_| CryptoError::Internal)?;
        Ok(Zeroizing::new(der.as_ref().to_vec()))
    }

    /// The public key as SubjectPublicKeyInfo, DER.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Internal`] when the backend fails.
    pub fn public_spki(&self) -> Result<Vec<u8>, CryptoError> {
        let der: PublicKeyX509Der<'_> = self
            .key
            .public_key()
            .as_der()
            .map_err(|_| CryptoError::Internal)?;
        Ok(der.as_ref().to_vec())
    }

    /// The size of the modulus.
    ///
    /// # Errors
    ///
    /// [`CryptoError::InvalidKey`] cannot happen: the size was checked when the key was made.
    pub fn size(&self) -> Result<RsaSize, CryptoError> {
        RsaSize::from_bits(self.key.key_size_bits())
    }

    /// Decrypts, in constant time.
    ///
    /// # Errors
    ///
    /// [`CryptoError::DecryptionFailed`], whatever the reason.
    pub fn decrypt(&self, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        let mut plaintext = Zeroizing::new(vec![0; self.oaep.min_output_size()]);
        let length = self
            .oaep
            .decrypt(&OAEP_SHA256_MGF1SHA256, ciphertext, &mut plaintext, None)
            .map_err(|_| CryptoError::DecryptionFailed)?
            .len();
        plaintext.truncate(length);
        Ok(plaintext)
    }

    fn new(key: PrivateDecryptingKey) -> Result<Self, CryptoError> {
        RsaSize::from_bits(key.key_size_bits())?;
        let oaep = OaepPrivateDecryptingKey::new(key.clone()).map_err(|_| CryptoError::InvalidKey)?;
        Ok(Self { key, oaep })
    }
}

/// An RSA public key.
#[derive(Debug)]
pub struct RsaPublicKey {
    size: RsaSize,
    oaep: OaepPublicEncryptingKey,
}

impl RsaPublicKey {
    /// Takes a key as SubjectPublicKeyInfo, DER.
    ///
    /// # Errors
    ///
    /// [`CryptoError::InvalidKey`] when it is not an RSA key of an accepted size, in the one encoding that it has.
    pub fn from_spki(der: &[u8]) -> Result<Self, CryptoError> {
        let key = PublicEncryptingKey::from_der(der).map_err(|_| CryptoError::InvalidKey)?;
        // AWS-LC ignores what follows the key.
        let encoded: PublicKeyX509Der<'_> = key.as_der().map_err(|_| CryptoError::Internal)?;
        if encoded.as_ref() != der {
            return Err(CryptoError::InvalidKey);
        }
        let size = RsaSize::from_bits(key.key_size_bits())?;
        let oaep = OaepPublicEncryptingKey::new(key).map_err(|_| CryptoError::InvalidKey)?;
        Ok(Self { size, oaep })
    }

    /// The size of the modulus.
    pub fn size(&self) -> RsaSize {
        self.size
    }

    /// Encrypts. AWS-LC draws the randomness itself, so `rng` is not used here.
    ///
    /// # Errors
    ///
    /// [`CryptoError::InvalidLength`] when the plaintext is longer than the modulus less 66 bytes.
    pub fn encrypt(&self, plaintext: &[u8], _rng: &mut dyn Randomness) -> Result<Vec<u8>, CryptoError> {
        if plaintext.len() > self.size.maximum_plaintext() {
            return Err(CryptoError::InvalidLength);
        }
        let mut ciphertext = vec![0; self.oaep.ciphertext_size()];
        let length = self
            .oaep
            .encrypt(&OAEP_SHA256_MGF1SHA256, plaintext, &mut ciphertext, None)
            .map_err(|_| CryptoError::Internal)?
            .len();
        ciphertext.truncate(length);
        Ok(ciphertext)
    }
}
