//! HPKE (RFC 9180), base mode, one message a key: the suites of clause 4.3 and the seal of clause 9.4.
//!
//! KEM either DHKEM(P-256, HKDF-SHA256) or MLKEM768-X25519 (draft-ietf-hpke-pq, code point 0x647a, which is
//! X-Wing); KDF HKDF-SHA256; AEAD AES-256-GCM. A sealed message is `enc || ciphertext || tag`.

mod kem;
mod schedule;

pub use kem::{HpkePrivateKey, HpkePublicKey, Kem};

use zeroize::Zeroizing;

use crate::crypto::{AEAD_TAG_LENGTH, CryptoError};
use crate::random::Randomness;
use schedule::Context;

/// Why a message was not sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HpkeError {
    /// The key is not a valid one of its kind.
    #[error("the key is not valid")]
    InvalidKey,
    /// The message does not open with this key, `info` and additional data. Deliberately without detail (SEC-28).
    #[error("the message does not open")]
    OpenFailed,
    /// The source of randomness failed.
    #[error("the source of randomness failed")]
    RandomnessFailed,
    /// The cryptographic backend failed for a reason of its own.
    #[error("the cryptographic backend failed")]
    Backend(#[source] CryptoError),
}

impl From<CryptoError> for HpkeError {
    fn from(error: CryptoError) -> Self {
        match error {
            CryptoError::InvalidKey => Self::InvalidKey,
            CryptoError::RandomnessFailed => Self::RandomnessFailed,
            other => Self::Backend(other),
        }
    }
}

/// Seals one message to a public key: `enc || ciphertext || tag`, [`Kem::overhead`] bytes longer than `plaintext`.
///
/// # Errors
///
/// [`HpkeError::InvalidKey`], [`HpkeError::RandomnessFailed`] or [`HpkeError::Backend`].
pub fn seal(
    public: &HpkePublicKey,
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    rng: &mut dyn Randomness,
) -> Result<Vec<u8>, HpkeError> {
    let encapsulated = public.encapsulate(rng)?;
    let context = Context::derive(public.kem(), &encapsulated.shared_secret, info)?;
    let mut sealed = Vec::with_capacity(plaintext.len() + public.kem().overhead());
    sealed.extend_from_slice(&encapsulated.encapsulation);
    sealed.extend_from_slice(plaintext);
    let body = sealed
        .get_mut(encapsulated.encapsulation.len()..)
        .unwrap_or_default();
    let tag = context.key.seal_in_place(&context.nonce, aad, body)?;
    sealed.extend_from_slice(&tag);
    Ok(sealed)
}

/// Opens what [`seal`] made.
///
/// # Errors
///
/// [`HpkeError::OpenFailed`], whatever the reason.
pub fn open(
    private: &HpkePrivateKey,
    info: &[u8],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, HpkeError> {
    let open = || {
        let (encapsulation, rest) = sealed.split_at_checked(private.kem().encapsulation_length())?;
        let (ciphertext, tag) = rest.split_last_chunk::<AEAD_TAG_LENGTH>()?;
        let shared_secret = private.decapsulate(encapsulation).ok()?;
        let context = Context::derive(private.kem(), &shared_secret, info).ok()?;
        let mut plaintext = Zeroizing::new(ciphertext.to_vec());
        context
            .key
            .open_in_place(&context.nonce, aad, &mut plaintext, tag)
            .ok()?;
        Some(plaintext)
    };
    open().ok_or(HpkeError::OpenFailed)
}

#[cfg(test)]
fn unhex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
            .unwrap_or(0)
    };
    let (pairs, _) = text.as_bytes().as_chunks::<2>();
    pairs
        .iter()
        .map(|[high, low]| digit(*high) << 4 | digit(*low))
        .collect()
}
