//! Tenant certificates: the root vouches for one key of a tenant, for one purpose.

use minicbor::{Decode, Encode};

use super::error::check_validity;
use super::{CertificateError, IssueError, TrustAnchors};
use crate::cbor::{self, Limits};
use crate::cose::{self, Kind};
use crate::error::{Layer, Malformed};
use crate::id::TenantId;
use crate::keys::{Signer, VerifyingKey};
use crate::time::Timestamp;

/// What a tenant's signing key is for; one key, one purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Purpose {
    /// Signs licensor certificates.
    #[n(1)]
    Licensor,
    /// Signs use licences.
    #[n(2)]
    Licence,
    /// Signs edit grants.
    #[n(3)]
    Edit,
    /// Signs checkpoints of the log.
    #[n(4)]
    Checkpoint,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 4] = [Self::Licensor, Self::Licence, Self::Edit, Self::Checkpoint];
}

/// One key of a tenant (clause 7.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TenantCertificate {
    /// The tenant.
    #[n(1)]
    pub tenant: TenantId,
    /// What the key is for.
    #[n(2)]
    pub purpose: Purpose,
    /// The key.
    #[n(3)]
    pub key: VerifyingKey,
    /// The first second of validity.
    #[n(4)]
    pub not_before: Timestamp,
    /// The last second of validity.
    #[n(5)]
    pub expires: Timestamp,
}

impl TenantCertificate {
    /// Signs with the authority's root.
    ///
    /// # Errors
    ///
    /// [`IssueError`] when the validity is empty or the root does not sign.
    pub fn issue(self, root: &dyn Signer) -> Result<SignedTenantCertificate, IssueError> {
        if self.expires < self.not_before {
            return Err(IssueError::InvalidValidity);
        }
        let bytes = cose::sign(Kind::TENANT_CERTIFICATE, &cbor::encode(&self), root)?;
        Ok(SignedTenantCertificate {
            certificate: self,
            bytes,
        })
    }
}

/// A tenant certificate with the bytes that were signed; parsed, and not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedTenantCertificate {
    certificate: TenantCertificate,
    bytes: Vec<u8>,
}

impl SignedTenantCertificate {
    /// Reads a certificate.
    ///
    /// # Errors
    ///
    /// [`Malformed`] when the bytes are not one, or its validity is empty.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let object = cose::parse(Kind::TENANT_CERTIFICATE, bytes)?;
        let certificate: TenantCertificate =
            cbor::decode(object.payload, Limits::STANDARD, Layer::Certificate)?;
        if certificate.expires < certificate.not_before {
            return Err(Malformed::new(Layer::Certificate, "the validity is empty"));
        }
        Ok(Self {
            certificate,
            bytes: bytes.to_vec(),
        })
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What it claims; true only once [`verify`](Self::verify) has succeeded.
    pub const fn claims(&self) -> &TenantCertificate {
        &self.certificate
    }

    /// Checks that a pinned root signed it for this purpose and that it is valid at a time.
    ///
    /// # Errors
    ///
    /// [`CertificateError`], the first thing that is wrong.
    pub fn verify(
        &self,
        anchors: &TrustAnchors,
        purpose: Purpose,
        at: Timestamp,
    ) -> Result<&TenantCertificate, CertificateError> {
        anchors.verify(
            Kind::TENANT_CERTIFICATE,
            &cose::parse(Kind::TENANT_CERTIFICATE, &self.bytes)?,
        )?;
        if self.certificate.purpose != purpose {
            return Err(CertificateError::WrongPurpose);
        }
        check_validity(self.certificate.not_before, self.certificate.expires, at)?;
        Ok(&self.certificate)
    }
}
