//! Trust anchors: the roots a reader has pinned.

use crate::cose::{Kind, Sign1};
use crate::keys::VerifyingKey;

use super::CertificateError;

/// The authority roots that a client has pinned; the only keys that are trusted without a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrustAnchors {
    /// The pinned keys; several while a root is replaced, or for several authorities.
    pub roots: Vec<VerifyingKey>,
}

impl TrustAnchors {
    /// One authority, one root.
    pub fn new(root: VerifyingKey) -> Self {
        Self { roots: vec![root] }
    }

    /// Checks that one of the roots signed the object.
    pub(crate) fn verify(&self, kind: Kind, object: &Sign1<'_>) -> Result<(), CertificateError> {
        let root = self.roots.iter().find(|root| Some(root.kid()) == object.kid());
        Ok(object.verify(kind, root.ok_or(CertificateError::UnknownRoot)?)?)
    }
}
