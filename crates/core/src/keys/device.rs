//! A device's decryption key: to it the authority seals content keys (clause 9.4).

use std::fmt;

use zeroize::Zeroizing;

use super::signing::InvalidKey;
use super::{ContentKey, UnwrapFailed};
use crate::hpke::{self, HpkeError, HpkePrivateKey, HpkePublicKey, Kem};
use crate::labels;
use crate::random::Randomness;
use crate::secret::SecretBytes;

/// The public half: an uncompressed P-256 point, 65 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceEncryptionKey(HpkePublicKey);

impl DeviceEncryptionKey {
    /// Takes `04 || x || y`.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] when it is not on the curve.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidKey> {
        let point: &[u8; 65] = bytes.try_into().map_err(|_| InvalidKey)?;
        super::VerifyingKey::from_p256_uncompressed(point)?;
        HpkePublicKey::from_bytes(Kem::P256, bytes)
            .map(Self)
            .map_err(|_| InvalidKey)
    }

    /// `04 || x || y`.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    pub(crate) fn seal_content_key(
        &self,
        key: &ContentKey,
        aad: &[u8; 32],
        rng: &mut dyn Randomness,
    ) -> Result<Vec<u8>, HpkeError> {
        hpke::seal(&self.0, labels::USE_LICENCE_SEAL, aad, key.expose(), rng)
    }
}

impl fmt::Debug for DeviceEncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "DeviceEncryptionKey({})",
            super::signing::key_id(self.as_bytes())
        )
    }
}

/// The private half, in memory. Whoever learns it opens the content keys of every use licence issued to the device.
pub struct DeviceDecryptionKey(HpkePrivateKey);

impl DeviceDecryptionKey {
    /// Draws a key.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] when randomness or the backend fails.
    pub fn generate(rng: &mut dyn Randomness) -> Result<Self, InvalidKey> {
        HpkePrivateKey::generate(Kem::P256, rng)
            .map(Self)
            .map_err(|_| InvalidKey)
    }

    /// Reads what [`expose_secret_for_sealing`](Self::expose_secret_for_sealing) gave: the scalar, 32 bytes.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] when it is not such a key.
    pub fn from_secret_bytes(bytes: &[u8]) -> Result<Self, InvalidKey> {
        let secret = SecretBytes::<32>::from_slice(bytes).ok_or(InvalidKey)?;
        HpkePrivateKey::from_bytes(Kem::P256, secret.expose())
            .map(Self)
            .map_err(|_| InvalidKey)
    }

    /// The scalar, for storing the key encrypted.
    pub fn expose_secret_for_sealing(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.expose_bytes().to_vec())
    }

    /// The public half.
    pub fn public(&self) -> DeviceEncryptionKey {
        DeviceEncryptionKey(self.0.public().clone())
    }

    pub(crate) fn open_content_key(&self, sealed: &[u8], aad: &[u8; 32]) -> Result<ContentKey, UnwrapFailed> {
        let plaintext =
            hpke::open(&self.0, labels::USE_LICENCE_SEAL, aad, sealed).map_err(|_| UnwrapFailed)?;
        let key: &[u8; 32] = plaintext.as_slice().try_into().map_err(|_| UnwrapFailed)?;
        Ok(ContentKey::from_bytes(key))
    }
}

impl fmt::Debug for DeviceDecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceDecryptionKey")
            .field("public", &self.public())
            .finish_non_exhaustive()
    }
}
