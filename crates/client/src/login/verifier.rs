//! The secret that ties the steps of a sign-up or sign-in to the client that began it (SEC-73, RFC 7636).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clausa_core::random::{Randomness, SystemRandom};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::RequestError;
use crate::transport::internal;

/// 32 random bytes. Whoever has them and the mailed code is whoever began.
pub(crate) struct Verifier(Zeroizing<Vec<u8>>);

impl Verifier {
    pub(crate) fn draw() -> Result<Self, RequestError> {
        let mut bytes = Zeroizing::new(vec![0; 32]);
        SystemRandom.fill(&mut bytes).map_err(internal)?;
        Ok(Self(bytes))
    }

    pub(crate) fn kept(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// What is told when beginning.
    pub(crate) fn challenge(&self) -> [u8; 32] {
        Sha256::digest(&*self.0).into()
    }

    /// What is told when beginning a browser sign-in: of the verifier's text (RFC 7636 §4.2).
    pub(crate) fn challenge_of_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.text().as_bytes()))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(&*self.0))
    }
}
