//! The FLOE header: parameters, IV, and the tag that commits to key and additional data.

use super::FloeError;
use super::segment::{Opener, Sealer};
use crate::crypto::{constant_time_eq, hkdf_expand_sha384};
use crate::random::Randomness;
use crate::secret::SecretBytes;

/// Bytes of a FLOE header of body profile 1.
pub const HEADER_LENGTH: usize = 74;
pub(super) const IV_LENGTH: usize = 32;
const PARAMETERS_LENGTH: usize = 10;
/// AEAD 0 (AES-256-GCM), KDF 0 (HKDF-Expand-SHA-384), segment length 65 536, IV length 32.
const PARAMETERS: [u8; PARAMETERS_LENGTH] = [0, 0, 0, 1, 0, 0, 0, 0, 0, 32];

/// The key of one FLOE message. Whoever has it can read and write every segment of that message. It is derived
/// from the content key when a file is written or opened, and dies with the [`Sealer`] or [`Opener`] made from it.
#[derive(Debug)]
pub struct FloeKey(SecretBytes<32>);

impl FloeKey {
    /// Takes over 32 secret bytes as a message's key.
    pub fn new(key: SecretBytes<32>) -> Self {
        Self(key)
    }
}

/// The first 74 bytes of a message: `P || IV || tag`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FloeHeader([u8; HEADER_LENGTH]);

impl FloeHeader {
    /// Reads a header. Only the parameters are checked, they must be those of body profile 1 (SEC-12); whether it
    /// is authentic is for [`verify`](Self::verify).
    ///
    /// # Errors
    ///
    /// [`FloeError::UnknownProfile`] for any other parameters.
    pub fn parse(bytes: &[u8; HEADER_LENGTH]) -> Result<Self, FloeError> {
        if bytes.starts_with(&PARAMETERS) {
            Ok(Self(*bytes))
        } else {
            Err(FloeError::UnknownProfile)
        }
    }

    /// The bytes to write before the first segment.
    pub fn as_bytes(&self) -> &[u8; HEADER_LENGTH] {
        &self.0
    }

    /// Starts a new message: draws its IV, and from it everything else.
    ///
    /// # Errors
    ///
    /// [`FloeError::RandomnessFailed`], or [`FloeError::Backend`].
    pub fn create(key: &FloeKey, aad: &[u8], rng: &mut dyn Randomness) -> Result<Sealer, FloeError> {
        let mut header = [0; HEADER_LENGTH];
        let (parameters, rest) = header.split_at_mut(PARAMETERS_LENGTH);
        let (iv, tag) = rest.split_at_mut(IV_LENGTH);
        parameters.copy_from_slice(&PARAMETERS);
        rng.fill(iv)?;
        derive(key.0.expose(), iv, aad, &[b"HEADER_TAG:"], tag)?;
        let header = Self(header);
        Ok(Sealer::new(header, header.message_key(key, aad)?))
    }

    /// Checks that the header was made with this key and additional data, before any segment is touched (SEC-10).
    /// The tag commits to both: no second key or additional data gives the same one.
    ///
    /// # Errors
    ///
    /// [`FloeError::BadHeader`] when it was not.
    pub fn verify(&self, key: &FloeKey, aad: &[u8]) -> Result<Opener, FloeError> {
        let mut expected = [0; 32];
        derive(key.0.expose(), self.iv(), aad, &[b"HEADER_TAG:"], &mut expected)?;
        let (_, tag) = self.0.split_at(PARAMETERS_LENGTH + IV_LENGTH);
        if !constant_time_eq(tag, &expected) {
            return Err(FloeError::BadHeader);
        }
        Ok(Opener::new(self.message_key(key, aad)?))
    }

    fn message_key(&self, key: &FloeKey, aad: &[u8]) -> Result<MessageKey, FloeError> {
        let mut secret = SecretBytes::zeroed();
        derive(
            key.0.expose(),
            self.iv(),
            aad,
            &[b"MESSAGE_KEY:"],
            secret.expose_mut(),
        )?;
        let mut iv = [0; IV_LENGTH];
        iv.copy_from_slice(self.iv());
        Ok(MessageKey {
            secret,
            iv,
            aad: aad.into(),
        })
    }

    fn iv(&self) -> &[u8] {
        self.0
            .get(PARAMETERS_LENGTH..PARAMETERS_LENGTH + IV_LENGTH)
            .unwrap_or_default()
    }
}

/// What the segment keys of one message are derived from.
#[derive(Debug)]
pub(super) struct MessageKey {
    secret: SecretBytes<48>,
    iv: [u8; IV_LENGTH],
    aad: Box<[u8]>,
}

impl MessageKey {
    /// The AES-256-GCM key of the 2^20 segments that begin at `first`.
    pub(super) fn derive_segment_key(&self, first: u64) -> Result<SecretBytes<32>, FloeError> {
        let mut key = SecretBytes::zeroed();
        derive(
            self.secret.expose(),
            &self.iv,
            &self.aad,
            &[b"DEK:", &first.to_be_bytes()],
            key.expose_mut(),
        )?;
        Ok(key)
    }
}

/// FLOE's `KDF(key, iv, aad, purpose, n)`: HKDF-Expand-SHA-384 with `info = P || iv || purpose || aad`.
fn derive(key: &[u8], iv: &[u8], aad: &[u8], purpose: &[&[u8]], out: &mut [u8]) -> Result<(), FloeError> {
    let mut info: Vec<&[u8]> = Vec::with_capacity(5);
    info.extend([PARAMETERS.as_slice(), iv]);
    info.extend(purpose);
    info.push(aad);
    Ok(hkdf_expand_sha384(key, &info, out)?)
}
