//! Trust anchors: the roots a reader has pinned.

use crate::cose::{Kind, Sign1};
use crate::keys::VerifyingKey;

use super::CertificateError;

/// The roots that a client has pinned for one authority; the only keys that are trusted without a certificate.
///
/// Never put the roots of two authorities together: tenants are identified within their authority only, so that each
/// could vouch for the other's (clause 7.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrustAnchors {
    /// The pinned keys; several while a root is replaced.
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
