//! Licensor certificates: a tenant vouches for a device's signing key, so that it may publish without asking.

use minicbor::{Decode, Encode};

use super::error::check_validity;
use super::{CertificateError, IssueError};
use crate::address::Address;
use crate::cbor::{self, Limits};
use crate::cose::{self, Kind};
use crate::error::{Layer, Malformed};
use crate::id::{AccountId, Serial, TemplateId, TenantId};
use crate::keys::{Signer, VerifyingKey};
use crate::time::{DAY, Timestamp};

/// What a licensor certificate allows; a closed set of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scope {
    /// May sign publishing licences.
    pub publish: bool,
    /// May sign seals.
    pub seal: bool,
}

impl Scope {
    /// Both: what an enrolled device gets.
    pub const ALL: Self = Self {
        publish: true,
        seal: true,
    };
    /// Seals only.
    pub const SEAL: Self = Self {
        publish: false,
        seal: true,
    };
}

/// One number: 1 publish, 2 seal, 3 both (clause 7.3).
impl<C> Encode<C> for Scope {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.u8(u8::from(self.publish) | u8::from(self.seal) << 1)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Scope {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        match d.u8()? {
            bits @ 1..=3 => Ok(Self {
                publish: bits & 1 != 0,
                seal: bits & 2 != 0,
            }),
            _ => Err(minicbor::decode::Error::message("unknown scope")),
        }
    }
}

/// What a tenant says about a device's signing key (clause 7.3). The device's thumbprint is the thumbprint of `key`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LicensorCertificate {
    /// Names the certificate, for revoking it.
    #[n(1)]
    pub serial: Serial,
    /// The tenant.
    #[n(2)]
    pub tenant: TenantId,
    /// The account whose device it is.
    #[n(3)]
    pub subject: AccountId,
    /// The account's address at the time, which readers see as the publisher.
    #[n(4)]
    pub address: Address,
    /// The device's signing key.
    #[n(5)]
    pub key: VerifyingKey,
    /// The first second of validity.
    #[n(6)]
    pub not_before: Timestamp,
    /// The last second of validity, at most [`MAX_VALIDITY_DAYS`](Self::MAX_VALIDITY_DAYS) later.
    #[n(7)]
    pub expires: Timestamp,
    /// What it allows.
    #[n(8)]
    pub scope: Scope,
    /// The only templates it may publish with, sorted; `None` when it is not limited.
    #[n(9)]
    pub templates: Option<Vec<TemplateId>>,
}

impl LicensorCertificate {
    /// Longest validity.
    pub const MAX_VALIDITY_DAYS: u64 = 400;
    /// Most templates in a limit.
    pub const MAX_TEMPLATES: usize = 64;

    /// Signs with the tenant's licensor key.
    ///
    /// # Errors
    ///
    /// [`IssueError`] when the validity is empty or too long, a limit lists too many templates or is not sorted, or the
    /// key does not sign.
    pub fn issue(self, tenant: &dyn Signer) -> Result<SignedLicensorCertificate, IssueError> {
        if !self.has_bounded_validity() {
            return Err(IssueError::InvalidValidity);
        }
        if !self.has_bounded_limit() {
            return Err(IssueError::OutOfBounds);
        }
        let bytes = cose::sign(Kind::LICENSOR_CERTIFICATE, &cbor::encode(&self), tenant)?;
        Ok(SignedLicensorCertificate {
            certificate: self,
            bytes,
        })
    }

    fn has_bounded_validity(&self) -> bool {
        self.not_before <= self.expires
            && self.expires.seconds_since(self.not_before) <= Self::MAX_VALIDITY_DAYS * DAY
    }

    fn has_bounded_limit(&self) -> bool {
        self.templates.as_ref().is_none_or(|templates| {
            templates.len() <= Self::MAX_TEMPLATES && templates.is_sorted_by(|a, b| a < b)
        })
    }
}

/// A licensor certificate with the bytes that were signed; parsed, and not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedLicensorCertificate {
    certificate: LicensorCertificate,
    bytes: Vec<u8>,
}

impl SignedLicensorCertificate {
    /// Reads a certificate.
    ///
    /// # Errors
    ///
    /// [`Malformed`] when the bytes are not one, or its validity is longer than allowed.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let object = cose::parse(Kind::LICENSOR_CERTIFICATE, bytes)?;
        let certificate: LicensorCertificate =
            cbor::decode(object.payload, Limits::STANDARD, Layer::Certificate)?;
        if !certificate.has_bounded_validity() || !certificate.has_bounded_limit() {
            return Err(Malformed::new(
                Layer::Certificate,
                "a licensor certificate breaks its bounds",
            ));
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

    /// What it claims; true only once it was verified as part of a [`LicensorChain`](super::LicensorChain).
    pub const fn claims(&self) -> &LicensorCertificate {
        &self.certificate
    }

    pub(super) fn verify(
        &self,
        issuer: &VerifyingKey,
        at: Timestamp,
    ) -> Result<&LicensorCertificate, CertificateError> {
        cose::parse(Kind::LICENSOR_CERTIFICATE, &self.bytes)?.verify(Kind::LICENSOR_CERTIFICATE, issuer)?;
        check_validity(self.certificate.not_before, self.certificate.expires, at)?;
        Ok(&self.certificate)
    }
}
