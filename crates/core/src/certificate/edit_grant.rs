//! Edit grants: a tenant allows a device's key to seal a changed version of one file.

use minicbor::{Decode, Encode};

use super::error::check_validity;
use super::{CertificateError, IssueError, Purpose, SignedTenantCertificate, TrustAnchors};
use crate::address::Address;
use crate::cbor::{self, Limits};
use crate::cose::{self, Kind};
use crate::error::{Layer, Malformed};
use crate::id::{AccountId, LicenceDigest, TenantId};
use crate::keys::{Signer, VerifyingKey};
use crate::rights::{Right, Rights};
use crate::time::Timestamp;

/// Who may seal changes of which file, and when (clause 8.7).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EditGrant {
    /// The tenant of the file.
    #[n(1)]
    pub tenant: TenantId,
    /// The file's publishing licence.
    #[n(2)]
    pub licence: LicenceDigest,
    /// The editor.
    #[n(3)]
    pub subject: AccountId,
    /// The editor's address at the time, which readers see as the changer.
    #[n(4)]
    pub address: Address,
    /// The signing key of the editor's device.
    #[n(5)]
    pub key: VerifyingKey,
    /// The right under which the editor changes the file; it gives `EDIT`.
    #[n(6)]
    pub right: Rights,
    /// The first second of validity.
    #[n(7)]
    pub not_before: Timestamp,
    /// The last second of validity.
    #[n(8)]
    pub expires: Timestamp,
}

impl EditGrant {
    /// Signs with the tenant's edit key, whose certificate travels along.
    ///
    /// # Errors
    ///
    /// [`IssueError`] when the validity is empty, the right does not give `EDIT`, or the key does not sign.
    pub fn issue(
        self,
        tenant: &dyn Signer,
        issuer: &SignedTenantCertificate,
    ) -> Result<SignedEditGrant, IssueError> {
        if self.expires < self.not_before {
            return Err(IssueError::InvalidValidity);
        }
        if !self.right.contains(Right::Edit) {
            return Err(IssueError::OutOfBounds);
        }
        let signed = cose::sign(Kind::EDIT_GRANT, &cbor::encode(&self), tenant)?;
        let bytes = cbor::encode(&Wire {
            grant: signed,
            issuer: issuer.as_bytes().to_vec(),
        });
        Ok(SignedEditGrant {
            grant: self,
            issuer: issuer.clone(),
            bytes,
        })
    }
}

/// An edit grant with the certificate of its issuer; parsed, and not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedEditGrant {
    grant: EditGrant,
    issuer: SignedTenantCertificate,
    bytes: Vec<u8>,
}

/// `[grant, certificate]`, each a byte string.
#[derive(Encode, Decode)]
#[cbor(array)]
struct Wire {
    #[cbor(n(0), with = "minicbor::bytes")]
    grant: Vec<u8>,
    #[cbor(n(1), with = "minicbor::bytes")]
    issuer: Vec<u8>,
}

impl SignedEditGrant {
    /// Reads a grant.
    ///
    /// # Errors
    ///
    /// [`Malformed`] when the bytes are not one, or its validity is empty.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let wire: Wire = cbor::decode(bytes, Limits::STANDARD, Layer::EditGrant)?;
        let object = cose::parse(Kind::EDIT_GRANT, &wire.grant)?;
        let grant: EditGrant = cbor::decode(object.payload, Limits::STANDARD, Layer::EditGrant)?;
        if grant.expires < grant.not_before {
            return Err(Malformed::new(Layer::EditGrant, "the validity is empty"));
        }
        Ok(Self {
            grant,
            issuer: SignedTenantCertificate::parse(&wire.issuer)?,
            bytes: bytes.to_vec(),
        })
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What it claims; true only once [`verify`](Self::verify) has succeeded.
    pub const fn claims(&self) -> &EditGrant {
        &self.grant
    }

    /// The first second at which grant and certificate are both valid.
    pub fn begins(&self) -> Timestamp {
        self.grant.not_before.max(self.issuer.claims().not_before)
    }

    /// Checks the grant up to a pinned root, for one file, at the time of sealing (SEC-15).
    ///
    /// # Errors
    ///
    /// [`CertificateError`], the first thing that is wrong, root first.
    pub fn verify(
        &self,
        anchors: &TrustAnchors,
        tenant: TenantId,
        licence: &LicenceDigest,
        sealed_at: Timestamp,
    ) -> Result<&EditGrant, CertificateError> {
        let issuer = self.issuer.verify(anchors, Purpose::Edit, sealed_at)?;
        let wire: Wire = cbor::decode(&self.bytes, Limits::STANDARD, Layer::EditGrant)?;
        cose::parse(Kind::EDIT_GRANT, &wire.grant)?.verify(Kind::EDIT_GRANT, &issuer.key)?;
        if self.grant.tenant != tenant || issuer.tenant != tenant {
            return Err(CertificateError::WrongTenant);
        }
        if self.grant.licence != *licence {
            return Err(CertificateError::WrongSubject);
        }
        if !self.grant.right.contains(Right::Edit) {
            return Err(CertificateError::WrongPurpose);
        }
        check_validity(self.grant.not_before, self.grant.expires, sealed_at)?;
        Ok(&self.grant)
    }

    /// Whether grant and certificate are both valid at a time: what an editor checks before he seals.
    pub(crate) fn check_validity(&self, at: Timestamp) -> Result<(), CertificateError> {
        let issuer = self.issuer.claims();
        check_validity(issuer.not_before, issuer.expires, at)?;
        check_validity(self.grant.not_before, self.grant.expires, at)
    }
}
