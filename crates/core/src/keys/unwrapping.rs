//! A tenant's private wrapping keys: they open key blocks and never sign (SEC-70).

use std::fmt;

use zeroize::Zeroizing;

use super::signing::InvalidKey;
use super::{KeyBlock, Suite, WrappingPublicKey};
use crate::crypto::{RsaPrivateKey, RsaSize};
use crate::hpke::{self, HpkePrivateKey};
use crate::id::KeyId;
use crate::labels;
use crate::random::Randomness;
use crate::secret::SecretBytes;

/// A key block did not open. Deliberately without detail: length, padding, key, tag and `bind` all look the same
/// (SEC-28).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the keys of this file cannot be unwrapped")]
pub struct UnwrapFailed;

/// Something that opens key blocks: a key in memory or in a hardware module.
pub trait KeyUnwrapper: Send + Sync {
    /// Identifies the key among the wraps of a licence.
    fn kid(&self) -> KeyId;

    /// The suite of the key.
    fn suite(&self) -> Suite;

    /// Opens a key block and compares its `bind`; [`KeyBlock::parse`] does the second part.
    ///
    /// # Errors
    ///
    /// [`UnwrapFailed`], whatever the reason.
    fn unwrap(&self, bind: &[u8; 32], ciphertext: &[u8]) -> Result<KeyBlock, UnwrapFailed>;
}

/// A wrapping key in memory. Whoever learns it opens every file that was wrapped to it.
pub struct SoftwareUnwrapper {
    key: UnwrappingKey,
    public: WrappingPublicKey,
    kid: KeyId,
}

enum UnwrappingKey {
    Rsa(RsaPrivateKey),
    Hpke(HpkePrivateKey),
}

impl SoftwareUnwrapper {
    /// Draws a key; RSA keys have 3072 bit and need the native backend.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] when randomness or the backend fails, or the backend has no private RSA operations.
    pub fn generate(suite: Suite, rng: &mut dyn Randomness) -> Result<Self, InvalidKey> {
        match suite.kem() {
            Some(kem) => Self::hpke(suite, HpkePrivateKey::generate(kem, rng).map_err(|_| InvalidKey)?),
            None => Self::rsa(RsaPrivateKey::generate(RsaSize::Bits3072).map_err(|_| InvalidKey)?),
        }
    }

    /// Reads what [`expose_secret_for_sealing`](Self::expose_secret_for_sealing) gave: suite 1 PKCS#8 in DER, suite 2
    /// the scalar, suite 3 the seed, 32 bytes each.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] when it is not such a key.
    pub fn from_secret_bytes(suite: Suite, bytes: &[u8]) -> Result<Self, InvalidKey> {
        match suite.kem() {
            Some(kem) => {
                let secret = SecretBytes::<32>::from_slice(bytes).ok_or(InvalidKey)?;
                Self::hpke(
                    suite,
                    HpkePrivateKey::from_bytes(kem, secret.expose()).map_err(|_| InvalidKey)?,
                )
            }
            None => Self::rsa(RsaPrivateKey::from_pkcs8(bytes).map_err(|_| InvalidKey)?),
        }
    }

    /// The private key, for storing it encrypted.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] when the backend does not give it out.
    pub fn expose_secret_for_sealing(&self) -> Result<Zeroizing<Vec<u8>>, InvalidKey> {
        match &self.key {
            UnwrappingKey::Rsa(key) => key.expose_pkcs8().map_err(|_| InvalidKey),
            UnwrappingKey::Hpke(key) => Ok(Zeroizing::new(key.expose_bytes().to_vec())),
        }
    }

    /// The public half.
    pub const fn public(&self) -> &WrappingPublicKey {
        &self.public
    }

    fn hpke(suite: Suite, key: HpkePrivateKey) -> Result<Self, InvalidKey> {
        let public = WrappingPublicKey::from_bytes(suite, key.public().as_bytes())?;
        Ok(Self {
            kid: public.kid(),
            key: UnwrappingKey::Hpke(key),
            public,
        })
    }

    fn rsa(key: RsaPrivateKey) -> Result<Self, InvalidKey> {
        let spki = key.public_spki().map_err(|_| InvalidKey)?;
        let public = WrappingPublicKey::from_bytes(Suite::RsaOaep, &spki)?;
        Ok(Self {
            kid: public.kid(),
            key: UnwrappingKey::Rsa(key),
            public,
        })
    }
}

impl KeyUnwrapper for SoftwareUnwrapper {
    fn kid(&self) -> KeyId {
        self.kid
    }

    fn suite(&self) -> Suite {
        self.public.suite()
    }

    fn unwrap(&self, bind: &[u8; 32], ciphertext: &[u8]) -> Result<KeyBlock, UnwrapFailed> {
        let block = match &self.key {
            UnwrappingKey::Rsa(key) => key.decrypt(ciphertext).map_err(|_| UnwrapFailed)?,
            UnwrappingKey::Hpke(key) => {
                hpke::open(key, labels::WRAP, bind, ciphertext).map_err(|_| UnwrapFailed)?
            }
        };
        KeyBlock::parse(&block, bind)
    }
}

impl fmt::Debug for SoftwareUnwrapper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoftwareUnwrapper")
            .field("suite", &self.public.suite())
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}
