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

    /// `None` when the key does not give itself out.
    pub(super) fn to_secret(&self) -> Option<Zeroizing<Vec<u8>>> {
        let signing = self.signing.expose_secret_for_sealing().ok()?;
        let decryption = self.decryption.expose_secret_for_sealing();
        let mut secret = Zeroizing::new(Vec::with_capacity(2 + signing.len() + decryption.len()));
        secret.push(VERSION);
        secret.push(u8::try_from(signing.len()).ok()?);
        secret.extend_from_slice(&signing);
        secret.extend_from_slice(&decryption);
        Some(secret)
    }

    pub(super) fn from_secret(secret: &[u8]) -> Option<Self> {
        let [VERSION, length, rest @ ..] = secret else {
            return None;
        };
        let (signing, decryption) = rest.split_at_checked(usize::from(*length))?;
        Some(Self {
            signing: SoftwareSigner::from_secret_bytes(signing).ok()?,
            decryption: DeviceDecryptionKey::from_secret_bytes(decryption).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clausa_core::random::SystemRandom;

    #[test]
    fn keys_come_back_and_anything_else_is_refused() {
        let keys = DeviceKeys::generate(&mut SystemRandom).unwrap();
        let secret = keys.to_secret().unwrap();
        let again = DeviceKeys::from_secret(&secret).unwrap();
        assert_eq!(again.thumbprint().unwrap(), keys.thumbprint().unwrap());
        assert_eq!(again.decryption.public(), keys.decryption.public());
        for length in 0..secret.len() {
            assert!(DeviceKeys::from_secret(&secret[..length]).is_none());
        }
        assert!(!format!("{keys:?}").contains("secret"), "SEC-30");
    }
}
