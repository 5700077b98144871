//! The publisher's chain: licensor certificate, then the certificate of the tenant's licensor key.

use super::error::check_validity;
use super::{
    CertificateError, LicensorCertificate, Purpose, SignedLicensorCertificate, SignedTenantCertificate,
    TrustAnchors,
};
use crate::error::{Layer, Malformed};
use crate::time::Timestamp;

/// A licensor certificate and the tenant certificate of its issuer, parsed and not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicensorChain {
    leaf: SignedLicensorCertificate,
    issuer: SignedTenantCertificate,
}

impl LicensorChain {
    /// Certificates in a chain of version 1 (clause 7.4).
    pub const LENGTH: usize = 2;

    /// Puts the two together.
    pub const fn new(leaf: SignedLicensorCertificate, issuer: SignedTenantCertificate) -> Self {
        Self { leaf, issuer }
    }

    /// Reads a chain, leaf first.
    ///
    /// # Errors
    ///
    /// [`Malformed`] when there are not exactly two certificates, or one is not of its kind.
    pub fn parse<T: AsRef<[u8]>>(certificates: &[T]) -> Result<Self, Malformed> {
        let [leaf, issuer] = certificates else {
            return Err(Malformed::new(Layer::Certificate, "a chain has two certificates"));
        };
        Ok(Self {
            leaf: SignedLicensorCertificate::parse(leaf.as_ref())?,
            issuer: SignedTenantCertificate::parse(issuer.as_ref())?,
        })
    }

    /// The certificates' bytes, leaf first.
    pub fn to_bytes(&self) -> Vec<Vec<u8>> {
        vec![self.leaf.as_bytes().to_vec(), self.issuer.as_bytes().to_vec()]
    }

    /// The leaf.
    pub const fn leaf(&self) -> &SignedLicensorCertificate {
        &self.leaf
    }

    /// The certificate of the leaf's issuer.
    pub const fn issuer(&self) -> &SignedTenantCertificate {
        &self.issuer
    }

    /// Checks the chain up to a pinned root, at the time at which the leaf was used.
    ///
    /// # Errors
    ///
    /// [`CertificateError`], the first thing that is wrong, root first.
    pub fn verify(
        &self,
        anchors: &TrustAnchors,
        at: Timestamp,
    ) -> Result<&LicensorCertificate, CertificateError> {
        let issuer = self.issuer.verify(anchors, Purpose::Licensor, at)?;
        let leaf = self.leaf.verify(&issuer.key, at)?;
        if leaf.tenant != issuer.tenant {
            return Err(CertificateError::WrongTenant);
        }
        Ok(leaf)
    }

    /// Whether both certificates are valid at a time: what a publisher checks of his own chain, which he need not
    /// verify.
    pub(crate) fn check_validity(&self, at: Timestamp) -> Result<(), CertificateError> {
        let (leaf, issuer) = (self.leaf.claims(), self.issuer.claims());
        check_validity(issuer.not_before, issuer.expires, at)?;
        check_validity(leaf.not_before, leaf.expires, at)
    }
}
