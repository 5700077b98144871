//! A publishing licence as parsed.

use super::wire::{BODY_PROFILE, Core, Payload, VERSION, Wrap};
use super::{DisplayHint, LicenceError, MAX_LICENCE_LENGTH, MAX_WRAPS, VerifiedLicence};
use crate::cbor::{self, Limits};
use crate::certificate::{CertificateError, LicensorCertificate, LicensorChain, TrustAnchors};
use crate::cose::{self, Kind};
use crate::error::{Layer, Malformed};
use crate::id::{ContentId, KeyId, LicenceDigest, TenantId};
use crate::keys::Suite;
use crate::labels;
use crate::origin::Origin;
use crate::policy::{NamedData, sealing};
use crate::prefix::Prefix;
use crate::time::Timestamp;

/// A publishing licence whose bytes are in order and about which nothing is proven yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishingLicence {
    bytes: Vec<u8>,
    core: Core,
    bind: [u8; 32],
    chain: LicensorChain,
    wraps: Vec<Wrap>,
}

/// For which key, and how, a licence's keys are wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrapInfo {
    /// The tenant's wrapping key.
    pub kid: KeyId,
    /// How.
    pub suite: Suite,
}

impl PublishingLicence {
    /// Reads a licence.
    ///
    /// # Errors
    ///
    /// [`LicenceError::Malformed`] when the bytes are not one, [`LicenceError::UnknownCritical`] when it demands
    /// something unknown.
    pub fn parse(bytes: &[u8]) -> Result<Self, LicenceError> {
        let malformed = |detail| Malformed::new(Layer::PublishingLicence, detail);
        if bytes.is_empty() || bytes.len() > MAX_LICENCE_LENGTH {
            return Err(malformed("the length is out of bounds").into());
        }
        let (limits, layer) = (Limits::PUBLISHING_LICENCE, Layer::PublishingLicence);
        let object = cose::parse(Kind::PUBLISHING_LICENCE, bytes)?;
        let payload: Payload = cbor::decode(object.payload, limits, layer)?;
        let core: Core = cbor::decode(&payload.core, limits, layer)?;
        let wraps: Vec<Wrap> = cbor::decode(&payload.wraps, Limits::STANDARD, layer)?;
        if core.version != VERSION || core.body_profile != BODY_PROFILE {
            return Err(malformed("the version or body profile is not a known one").into());
        }
        if !sealing::is_ciphertext_length(core.policy.len()) {
            return Err(malformed("the policy's length is not one of the allowed").into());
        }
        if wraps.is_empty() || wraps.len() > MAX_WRAPS || has_repeated_key(&wraps) {
            return Err(malformed("a licence has one to four wraps for different keys").into());
        }
        if core.extensions.as_ref().is_some_and(NamedData::is_empty) {
            return Err(malformed("an empty extension map is left out").into());
        }
        // No extension is defined yet, so every critical name is an unknown one.
        if core.critical.is_some() {
            return Err(LicenceError::UnknownCritical);
        }
        let certificates: Vec<&[u8]> = core
            .chain
            .iter()
            .map(|certificate| certificate.as_slice())
            .collect();
        let chain = LicensorChain::parse(&certificates)?;
        let bind = labels::derive_bind(&payload.core);
        Ok(Self {
            bytes: bytes.to_vec(),
            core,
            bind,
            chain,
            wraps,
        })
    }

    /// Checks the publisher's chain at the time of issue and his signature; then what the licence says is what he said.
    ///
    /// Whether the certificate was revoked, and whether it is still valid for a licence first seen today, is for the
    /// authority (SEC-45).
    ///
    /// # Errors
    ///
    /// [`LicenceError`], the first thing that is wrong, root first.
    pub fn verify(self, anchors: &TrustAnchors) -> Result<VerifiedLicence, LicenceError> {
        let publisher = self.chain.verify(anchors, self.core.issued_at)?;
        if publisher.tenant != self.core.tenant {
            return Err(CertificateError::WrongTenant.into());
        }
        // SEC-47: a certificate for seals, or an edit grant, does not publish.
        if !publisher.scope.publish {
            return Err(CertificateError::WrongPurpose.into());
        }
        let key = publisher.key;
        cose::parse(Kind::PUBLISHING_LICENCE, &self.bytes)?.verify(Kind::PUBLISHING_LICENCE, &key)?;
        Ok(VerifiedLicence::new(self))
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// `SHA-256(PREFIX || PL)`, computed from the licence alone, because the prefix holds nothing but its length.
    pub fn digest(&self) -> LicenceDigest {
        Prefix::for_licence(self.bytes.len()).digest_with(&self.bytes)
    }

    /// The file's identifier.
    pub const fn content_id(&self) -> ContentId {
        self.core.content
    }

    /// The tenant it belongs to.
    pub const fn tenant(&self) -> TenantId {
        self.core.tenant
    }

    /// Where its authority says it lives. A hint: never contact it unless it is configured or pinned (SEC-51).
    pub const fn origin(&self) -> &Origin {
        &self.core.origin
    }

    /// When it was made, by the publisher's clock.
    pub const fn issued_at(&self) -> Timestamp {
        self.core.issued_at
    }

    /// The keys it is wrapped for.
    pub fn wraps(&self) -> impl Iterator<Item = WrapInfo> {
        self.wraps.iter().map(|wrap| WrapInfo {
            kid: wrap.kid,
            suite: wrap.suite,
        })
    }

    /// True when a post-quantum wrap stands beside a classical one, so that the classical one decides (SEC-34).
    pub fn mixes_suites(&self) -> bool {
        self.wraps().any(|wrap| wrap.suite.is_post_quantum())
            && self.wraps().any(|wrap| !wrap.suite.is_post_quantum())
    }

    /// What it says in clear about its terms.
    pub const fn hint(&self) -> Option<&DisplayHint> {
        self.core.hint.as_ref()
    }

    /// Signed additions, readable by everybody.
    pub const fn extensions(&self) -> Option<&NamedData> {
        self.core.extensions.as_ref()
    }

    /// Who says to have published it; proven only once the licence was verified.
    pub const fn publisher_claims(&self) -> &LicensorCertificate {
        self.chain.leaf().claims()
    }

    /// The publisher's certificates.
    pub const fn chain(&self) -> &LicensorChain {
        &self.chain
    }

    pub(super) const fn bind(&self) -> &[u8; 32] {
        &self.bind
    }

    pub(super) fn wrap_ciphertexts(&self) -> impl Iterator<Item = (WrapInfo, &[u8])> {
        self.wraps.iter().map(|wrap| {
            (
                WrapInfo {
                    kid: wrap.kid,
                    suite: wrap.suite,
                },
                wrap.ciphertext.as_slice(),
            )
        })
    }

    pub(super) fn policy_ciphertext(&self) -> &[u8] {
        &self.core.policy
    }
}

fn has_repeated_key(wraps: &[Wrap]) -> bool {
    wraps
        .iter()
        .enumerate()
        .any(|(i, wrap)| wraps.iter().skip(i + 1).any(|other| other.kid == wrap.kid))
}
