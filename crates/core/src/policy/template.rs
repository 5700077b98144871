//! Templates: a tenant's ready-made terms, in versions that never change.

use super::{Expiry, Grants, OfflineWindow};
use crate::cbor::{self, Limits};
use crate::crypto;
use crate::error::{Layer, Malformed};
use crate::id::TemplateId;

/// One version of a template. A change is a new version, effective at the next licence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateVersion {
    /// The template.
    pub id: TemplateId,
    /// Counts from 1.
    pub version: u32,
    /// Who may do what.
    pub grants: Grants,
    /// When files under it stop opening.
    pub expiry: Option<Expiry>,
    /// How long a licence may be used without asking again.
    pub offline: OfflineWindow,
}

impl TemplateVersion {
    /// The canonical encoding (clause 5.6).
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Reads the canonical encoding.
    ///
    /// # Errors
    ///
    /// [`Malformed`] when the bytes are not it.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        cbor::decode(bytes, Limits::STANDARD, Layer::Policy)
    }

    /// SHA-256 of the canonical encoding: what a policy pins.
    pub fn digest(&self) -> [u8; 32] {
        crypto::sha256(&[&self.to_bytes()])
    }
}
