//! The policy's encryption under its own key, padded so that its length tells little (clause 5.7).
//!
//! ```text
//! plaintext   policy CBOR, then zeros up to the next of 512 B, 1, 2, 4 … 512 KiB
//! ciphertext  AES-256-GCM, nonce 0, the tag at the end
//! ```

use zeroize::Zeroizing;

use super::Policy;
use crate::cbor::{self, Limits};
use crate::crypto::{AEAD_TAG_LENGTH, AeadKey, CryptoError};
use crate::error::{Layer, Malformed};
use crate::id::{ContentId, TenantId};
use crate::keys::PolicyKey;
use crate::labels;

const SMALLEST: usize = 512;
const LARGEST: usize = 512 << 10;
/// A policy key encrypts one policy, so its nonce need not vary.
const NONCE: [u8; 12] = [0; 12];

/// Why a policy was not encrypted or decrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PolicySealingError {
    /// It is longer than the largest size.
    TooLarge,
    /// The ciphertext is not one made with this key for this file.
    DoesNotOpen,
    /// What came out is not a policy.
    Malformed(Malformed),
    /// The backend failed.
    Backend(CryptoError),
}

pub(crate) fn seal(
    policy: &Policy,
    key: &PolicyKey,
    content: ContentId,
    tenant: TenantId,
) -> Result<Vec<u8>, PolicySealingError> {
    let mut buffer = cbor::encode(policy);
    let size = padded_size(buffer.len()).ok_or(PolicySealingError::TooLarge)?;
    buffer.resize(size, 0);
    let aad = labels::policy_aad(content.as_bytes(), tenant.as_bytes());
    let tag = AeadKey::new(key.expose())
        .and_then(|key| key.seal_in_place(&NONCE, &aad, &mut buffer))
        .map_err(PolicySealingError::Backend)?;
    buffer.extend_from_slice(&tag);
    Ok(buffer)
}

pub(crate) fn open(
    ciphertext: &[u8],
    key: &PolicyKey,
    content: ContentId,
    tenant: TenantId,
) -> Result<Policy, PolicySealingError> {
    let (ciphertext, tag) = ciphertext
        .split_last_chunk::<AEAD_TAG_LENGTH>()
        .ok_or(PolicySealingError::DoesNotOpen)?;
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    let aad = labels::policy_aad(content.as_bytes(), tenant.as_bytes());
    AeadKey::new(key.expose())
        .map_err(PolicySealingError::Backend)?
        .open_in_place(&NONCE, &aad, &mut buffer, tag)
        .map_err(|_| PolicySealingError::DoesNotOpen)?;
    unpad(&buffer).map_err(PolicySealingError::Malformed)
}

/// True for the lengths that [`seal`] produces.
pub(crate) fn is_ciphertext_length(length: usize) -> bool {
    length
        .checked_sub(AEAD_TAG_LENGTH)
        .is_some_and(|size| padded_size(size) == Some(size))
}

fn unpad(buffer: &[u8]) -> Result<Policy, Malformed> {
    let length = cbor::scan(buffer, Limits::STANDARD, Layer::Policy)?;
    let (policy, padding) = buffer.split_at(length.min(buffer.len()));
    if padding.iter().any(|byte| *byte != 0) || padded_size(length) != Some(buffer.len()) {
        return Err(Malformed::new(
            Layer::Policy,
            "the padding is not the canonical one",
        ));
    }
    cbor::decode(policy, Limits::STANDARD, Layer::Policy)
}

fn padded_size(length: usize) -> Option<usize> {
    (length <= LARGEST).then(|| length.next_power_of_two().max(SMALLEST))
}
