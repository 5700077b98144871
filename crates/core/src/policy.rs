//! The policy of a protected file: whom it belongs to, who may do what, from when until when (clause 5).
//!
//! It travels encrypted to the tenant ([`crate::publishing`]), so that readers never see who else may read.

pub use grants::{Grant, Grants, InvalidGrants, Principal};
pub use named_data::{InvalidNamedData, NamedData};
pub use offline::{InvalidOfflineWindow, OfflineWindow};
pub use template::TemplateVersion;

mod grants;
mod named_data;
mod offline;
pub(crate) mod sealing;
mod template;
mod wire;

use crate::address::Address;
use crate::cbor::{self, Limits};
use crate::error::{Layer, Malformed};
use crate::id::{ContentId, TemplateId};
use crate::time::Timestamp;

/// The terms of one protected file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Whom the file belongs to. The owner has every right; expiry and the offline window do not bind him.
    pub owner: Address,
    /// Who else may do what.
    pub terms: Terms,
    /// Nobody but the owner opens it before this time.
    pub not_before: Option<Timestamp>,
    /// Nobody but the owner opens it after this time.
    pub expiry: Option<Expiry>,
    /// How long a licence may be used without asking again. `None`: what the template says; with ad hoc terms, not at
    /// all. With a template the shorter of the two applies.
    pub offline: Option<OfflineWindow>,
    /// What the reading application is asked to do, by name; cooperative.
    pub obligations: NamedData,
    /// What the protecting application wants to keep with the policy; encrypted with it.
    pub application_data: NamedData,
    /// The content that this one was made from by protecting it anew: its lineage. The publisher's word; never the
    /// licence's own content.
    pub parent: Option<ContentId>,
}

impl Policy {
    /// A policy without dates, offline use, obligations, application data or parent.
    pub fn new(owner: Address, terms: Terms) -> Self {
        Self {
            owner,
            terms,
            not_before: None,
            expiry: None,
            offline: None,
            obligations: NamedData::default(),
            application_data: NamedData::default(),
            parent: None,
        }
    }

    /// The canonical encoding (clause 5.3), in clear: for where policies are kept sealed otherwise.
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
}

/// Who may do what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Terms {
    /// What the template's current version says.
    Template {
        /// The template.
        id: TemplateId,
        /// [`TemplateVersion::digest`] of the version that was current when the file was protected.
        digest: [u8; 32],
    },
    /// What is written here; empty for "only me".
    AdHoc(Grants),
}

/// When a file stops opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// At a time; the second itself is still inside.
    At(Timestamp),
    /// So many days of 86 400 seconds after a person's own first licence.
    DaysAfterFirstUse(u16),
}

impl Expiry {
    /// The time for somebody whose first licence was, or now is, issued at `first_use`.
    pub const fn resolve(self, first_use: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::DaysAfterFirstUse(days) => first_use.plus_days(days as u64),
        }
    }
}
