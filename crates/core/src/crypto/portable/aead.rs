//! AES-256-GCM.

use std::fmt;

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Key, Nonce, Tag};

use crate::crypto::{AEAD_KEY_LENGTH, AEAD_NONCE_LENGTH, AEAD_TAG_LENGTH, CryptoError};

/// An AES-256-GCM key, expanded once. The caller never uses a nonce twice with it.
///
/// Boxed, so that moving it leaves no copy of the key schedule behind.
pub struct AeadKey(Box<Aes256Gcm>);

impl AeadKey {
    /// Expands a key.
    ///
    /// # Errors
    ///
    /// None in this backend.
    pub fn new(key: &[u8; AEAD_KEY_LENGTH]) -> Result<Self, CryptoError> {
        Ok(Self(Box::new(Aes256Gcm::new(<&Key<Aes256Gcm>>::from(key)))))
    }

    /// Encrypts `buffer` where it stands and returns the tag.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Internal`] for more than 64 GiB.
    pub fn seal_in_place(
        &self,
        nonce: &[u8; AEAD_NONCE_LENGTH],
        aad: &[u8],
        buffer: &mut [u8],
    ) -> Result<[u8; AEAD_TAG_LENGTH], CryptoError> {
        let tag = self
            .0
            .encrypt_inout_detached(<&Nonce<_>>::from(nonce), aad, buffer.into())
            .map_err(|_| CryptoError::Internal)?;
        Ok(tag.into())
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
            .decrypt_inout_detached(<&Nonce<_>>::from(nonce), aad, buffer.into(), <&Tag>::from(tag))
            .map_err(|_| CryptoError::DecryptionFailed)
    }
}

impl fmt::Debug for AeadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AeadKey(..)")
    }
}
