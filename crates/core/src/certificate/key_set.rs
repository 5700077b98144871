//! Tenant key sets: what a publisher needs to know of a tenant's keys, signed by the authority's root.

use minicbor::{Decode, Encode};

use super::error::check_validity;
use super::{CertificateError, IssueError, Purpose, TrustAnchors};
use crate::cbor::{self, Limits};
use crate::cose::{self, Kind};
use crate::error::{Layer, Malformed};
use crate::id::TenantId;
use crate::keys::{Signer, Suite, VerifyingKey, WrappingPublicKey};
use crate::time::Timestamp;

/// A tenant's public keys (clause 7.6).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TenantKeySet {
    /// The tenant.
    #[n(1)]
    pub tenant: TenantId,
    /// Grows with every change; a client keeps the highest it has seen.
    #[n(2)]
    pub version: u64,
    /// The organisation's name, at most 256 bytes; `None` for personal accounts.
    #[n(3)]
    pub organisation: Option<String>,
    /// When it was signed.
    #[n(4)]
    pub issued_at: Timestamp,
    /// The last second in which a publisher may use it.
    #[n(5)]
    pub expires: Timestamp,
    /// The signing keys.
    #[n(6)]
    pub signing_keys: Vec<TenantSigningKey>,
    /// The wrapping keys.
    #[n(7)]
    pub wrapping_keys: Vec<WrappingKeyEntry>,
    /// The suites that the tenant still takes for new files, sorted.
    #[n(8)]
    pub accepted_suites: Vec<Suite>,
    /// What publishers may do beyond the usual.
    #[n(9)]
    pub policy: KeySetPolicy,
}

/// One signing key of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct TenantSigningKey {
    /// What it is for.
    #[n(0)]
    pub purpose: Purpose,
    /// The key.
    #[n(1)]
    pub key: VerifyingKey,
}

/// One wrapping key of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappingKeyEntry {
    /// The key.
    pub key: WrappingPublicKey,
    /// Whether new files may use it.
    pub status: WrappingKeyStatus,
}

/// Whether new files may use a wrapping key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum WrappingKeyStatus {
    /// New files are wrapped to it.
    #[n(1)]
    Active,
    /// It opens old files only.
    #[n(2)]
    Archived,
}

/// What a tenant allows its publishers beyond the usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct KeySetPolicy {
    /// A file wrapped for a post-quantum key may carry a classical wrap too (SEC-34). 1 when set.
    #[n(1)]
    allow_classical_beside_post_quantum: Option<u8>,
    /// A file may name its template in clear. 1 when set.
    #[n(2)]
    allow_display_hint: Option<u8>,
}

impl KeySetPolicy {
    /// Sets both.
    pub fn new(allow_classical_beside_post_quantum: bool, allow_display_hint: bool) -> Self {
        Self {
            allow_classical_beside_post_quantum: allow_classical_beside_post_quantum.then_some(1),
            allow_display_hint: allow_display_hint.then_some(1),
        }
    }

    /// A switch is 1 or absent; anything else would be a second way to say one of them.
    fn is_canonical(self) -> bool {
        let is_switch = |switch: Option<u8>| switch.is_none_or(|switch| switch == 1);
        is_switch(self.allow_classical_beside_post_quantum) && is_switch(self.allow_display_hint)
    }

    /// A file wrapped for a post-quantum key may carry a classical wrap too (SEC-34).
    pub const fn allows_classical_beside_post_quantum(self) -> bool {
        matches!(self.allow_classical_beside_post_quantum, Some(1))
    }

    /// A file may name its template in clear.
    pub const fn allows_display_hint(self) -> bool {
        matches!(self.allow_display_hint, Some(1))
    }
}

/// `[suite, status, key]`.
impl<C> Encode<C> for WrappingKeyEntry {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.array(3)?
            .encode_with(self.key.suite(), ctx)?
            .encode_with(self.status, ctx)?;
        e.bytes(self.key.as_bytes())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for WrappingKeyEntry {
    fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        if d.array()? != Some(3) {
            return Err(minicbor::decode::Error::message("wrapping key"));
        }
        let (suite, status) = (d.decode_with(ctx)?, d.decode_with(ctx)?);
        let key = WrappingPublicKey::from_bytes(suite, d.bytes()?)
            .map_err(|_| minicbor::decode::Error::message("wrapping key"))?;
        Ok(Self { key, status })
    }
}

impl TenantKeySet {
    /// Most signing keys, and most wrapping keys.
    pub const MAX_KEYS: usize = 1_024;
    /// Longest name of an organisation, in bytes.
    pub const MAX_ORGANISATION: usize = 256;

    /// Signs with the authority's root.
    ///
    /// # Errors
    ///
    /// [`IssueError`] when the validity is empty, a limit is broken, or the root does not sign.
    pub fn issue(self, root: &dyn Signer) -> Result<SignedTenantKeySet, IssueError> {
        if self.expires < self.issued_at {
            return Err(IssueError::InvalidValidity);
        }
        if !self.is_bounded() {
            return Err(IssueError::OutOfBounds);
        }
        let bytes = cose::sign(Kind::TENANT_KEY_SET, &cbor::encode(&self), root)?;
        // A reader measures what a publisher may send, so a set beyond its limits must not leave the house.
        SignedTenantKeySet::parse(&bytes).map_err(|_| IssueError::OutOfBounds)
    }

    /// The active wrapping keys of accepted suites: those that a new file may be wrapped to, the newest suite first.
    pub fn keys_for_new_files(&self) -> Vec<&WrappingPublicKey> {
        let active = |entry: &&WrappingKeyEntry| {
            entry.status == WrappingKeyStatus::Active && self.accepted_suites.contains(&entry.key.suite())
        };
        let mut keys: Vec<_> = self
            .wrapping_keys
            .iter()
            .filter(active)
            .map(|entry| &entry.key)
            .collect();
        keys.sort_by_key(|key| std::cmp::Reverse(key.suite()));
        keys
    }

    fn is_bounded(&self) -> bool {
        self.policy.is_canonical()
            && self.signing_keys.len() <= Self::MAX_KEYS
            && self.wrapping_keys.len() <= Self::MAX_KEYS
            && self.accepted_suites.is_sorted_by(|a, b| a < b)
            && self
                .organisation
                .as_ref()
                .is_none_or(|name| name.len() <= Self::MAX_ORGANISATION)
    }
}

/// A key set with the bytes that were signed; parsed, and not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedTenantKeySet {
    key_set: TenantKeySet,
    bytes: Vec<u8>,
}

impl SignedTenantKeySet {
    /// Reads a key set.
    ///
    /// # Errors
    ///
    /// [`Malformed`] when the bytes are not one.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let object = cose::parse(Kind::TENANT_KEY_SET, bytes)?;
        let key_set: TenantKeySet = cbor::decode(object.payload, Limits::KEY_SET, Layer::KeySet)?;
        if !key_set.is_bounded() || key_set.expires < key_set.issued_at {
            return Err(Malformed::new(Layer::KeySet, "a key set breaks its bounds"));
        }
        Ok(Self {
            key_set,
            bytes: bytes.to_vec(),
        })
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What it claims; true only once [`verify`](Self::verify) has succeeded.
    pub const fn claims(&self) -> &TenantKeySet {
        &self.key_set
    }

    /// Checks that a pinned root signed it for this tenant and that it may be used at a time.
    ///
    /// # Errors
    ///
    /// [`CertificateError`], the first thing that is wrong.
    pub fn verify(
        &self,
        anchors: &TrustAnchors,
        tenant: TenantId,
        at: Timestamp,
    ) -> Result<&TenantKeySet, CertificateError> {
        anchors.verify(
            Kind::TENANT_KEY_SET,
            &cose::parse(Kind::TENANT_KEY_SET, &self.bytes)?,
        )?;
        if self.key_set.tenant != tenant {
            return Err(CertificateError::WrongTenant);
        }
        check_validity(self.key_set.issued_at, self.key_set.expires, at)?;
        Ok(&self.key_set)
    }
}
