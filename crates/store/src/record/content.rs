//! Protected files as the authority knows them.

use clausa_core::address::Address;
use clausa_core::id::{AccountId, ContentId, LicenceDigest, TemplateId};

use super::micros::Micros;
use super::secret::Secret;

/// A registered file. A content id belongs to one tenant, which the publishing licence names under signature.
#[derive(Clone, Debug)]
pub struct Content {
    /// The file's identifier.
    pub id: ContentId,
    /// Digest of its publishing licence: the first one registered wins (`SEC-46`).
    pub digest: LicenceDigest,
    /// Whom it belongs to.
    pub owner: Address,
    /// The owner's account, when the owner is of this tenant.
    pub owner_account: Option<AccountId>,
    /// Who protected it.
    pub issuer: Address,
    /// The issuer's account.
    pub issuer_account: AccountId,
    /// The template, unless ad hoc.
    pub template: Option<TemplateId>,
    /// The file that it was made from by protecting it anew, as its publisher says.
    pub parent: Option<ContentId>,
    /// The policy as its owner may read it back; sealed in the database, because it names the recipients.
    pub policy: Option<Secret>,
    /// The file's name, when registered with one.
    pub file_name: Option<String>,
    /// When it was protected.
    pub published_at: Micros,
    /// When the authority first heard of it.
    pub registered_at: Micros,
    /// When access ends, when the policy names a date.
    pub expires_at: Option<Micros>,
    /// Set once revoked.
    pub revocation: Option<Revocation>,
}

/// A file that an account owns or has published.
#[derive(Clone, Debug)]
pub struct OwnContent {
    /// The file, its grants only when it is the account's own.
    pub content: Content,
    /// True when it belongs to the account, also as somebody's successor.
    pub owned: bool,
}

/// A revoked file: no licence is issued for it any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Since when.
    pub at: Micros,
    /// True when it binds the owner too.
    pub including_owner: bool,
    /// Who revoked it.
    pub by: AccountId,
}

/// What came of a registration.
#[derive(Clone, Debug)]
pub enum Registration {
    /// This is the first licence for the content id.
    New,
    /// The same licence was registered before; here is what is stored. A file name is filled in if there was none.
    Known(Box<Content>),
    /// Another licence was registered first: this one is refused for ever (`SEC-46`).
    Conflict,
}

/// What came of a revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationOutcome {
    /// Revoked now, or widened to the owner. The tenant's epoch has grown.
    Revoked(Revocation),
    /// It was revoked before, at least as widely.
    Already(Revocation),
    /// No such file in the permit's tenant.
    Unknown,
}
