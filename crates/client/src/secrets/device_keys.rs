//! The two private keys of this device.

use clausa_core::id::DeviceThumbprint;
use clausa_core::keys::{DeviceDecryptionKey, InvalidKey, Signer, SoftwareSigner};
use clausa_core::random::Randomness;
use zeroize::Zeroizing;

/// The signing key proves possession and publishes; the decryption key opens what licences carry. Whoever has both
/// is this device.
#[derive(Debug)]
pub(crate) struct DeviceKeys {
    pub(crate) signing: SoftwareSigner,
    pub(crate) decryption: DeviceDecryptionKey,
}

/// `01`, the length of the first key, the first key, the second key.
const VERSION: u8 = 1;

impl DeviceKeys {
    pub(crate) fn generate(rng: &mut dyn Randomness) -> Result<Self, InvalidKey> {
        Ok(Self {
            signing: SoftwareSigner::generate_p256(rng).map_err(|_| InvalidKey)?,
            decryption: DeviceDecryptionKey::generate(rng)?,
        })
    }

    /// How the authority names this device.
    pub(crate) fn thumbprint(&self) -> Result<DeviceThumbprint, InvalidKey> {
        self.signing.verifying_key().thumbprint()
    }

    pub(super) fn to_secret(&self) -> Zeroizing<Vec<u8>> {
        let signing = self.signing.expose_secret_for_sealing();
        let decryption = self.decryption.expose_secret_for_sealing();
        let mut secret = Zeroizing::new(Vec::with_capacity(2 + signing.len() + decryption.len()));
        secret.push(VERSION);
        // Both keys are P-256 scalars of 32 bytes.
        secret.push(u8::try_from(signing.len()).unwrap_or(0));
        secret.extend_from_slice(&signing);
        secret.extend_from_slice(&decryption);
        secret
    }

    pub(super) fn from_secret(secret: &[u8]) -> Option<Self> {
        let [VERSION, length, rest @ ..] = secret else { return None };
        let (signing, decryption) = rest.split_at_checked(usize::from(*length))?;
        Some(Self {
            signing: SoftwareSigner::from_secret_bytes(signing).ok()?,
            decryption: DeviceDecryptionKey::from_secret_bytes(decryption).ok()?,
        })
    }
}
