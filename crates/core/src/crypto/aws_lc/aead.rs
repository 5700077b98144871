//! AES-256-GCM.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use crate::crypto::{AEAD_KEY_LENGTH, AEAD_NONCE_LENGTH, AEAD_TAG_LENGTH, CryptoError};

/// An AES-256-GCM key, expanded once. The caller never uses a nonce twice with it.
#[derive(Debug)]
pub struct AeadKey(LessSafeKey);

impl AeadKey {
    /// Expands a key.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Internal`] when the backend fails.
    pub fn new(key: &[u8; AEAD_KEY_LENGTH]) -> Result<Self, CryptoError> {
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| CryptoError::Internal)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// Encrypts `buffer` where it stands and returns the tag.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Internal`] when the backend fails, in particular for more than 64 GiB.
    pub fn seal_in_place(
        &self,
        nonce: &[u8; AEAD_NONCE_LENGTH],
        aad: &[u8],
        buffer: &mut [u8],
    ) -> Result<[u8; AEAD_TAG_LENGTH], CryptoError> {
        let tag = self
            .0
            .seal_in_place_separate_tag(Nonce::from(nonce), Aad::from(aad), buffer)
            .map_err(|_| CryptoError::Internal)?;
        tag.as_ref().try_into().map_err(|_| CryptoError::Internal)
    }

    /// Checks the tag and decrypts `buffer` where it stands. On failure the buffer holds no plaintext.
    ///
    /// # Errors
    ///
    /// [`CryptoError::DecryptionFailed`] when key, nonce, additional data, ciphertext or tag is not the right one.
    pub fn open_in_place(
        &self,
        nonce: &[u8; AEAD_NONCE_LENGTH],
        aad: &[u8],
        buffer: &mut [u8],
        tag: &[u8; AEAD_TAG_LENGTH],
    ) -> Result<(), CryptoError> {
        self.0
            .open_in_place_separate_tag(Nonce::from(nonce), Aad::from(aad), tag, buffer)
            .map(|_| ())
            .map_err(|_| CryptoError::DecryptionFailed)
    }
}
