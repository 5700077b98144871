//! Templates and their versions.

use clausa_core::id::TemplateId;

use super::micros::Micros;

/// A template with one of its versions, usually the current one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Kept for life.
    pub id: TemplateId,
    /// Short name for the command line; unique in the tenant.
    pub slug: String,
    /// Name shown to people.
    pub name: String,
    /// The version; it never changes once stored.
    pub version: TemplateVersionRow,
    /// Set once it is no longer offered; existing files keep working.
    pub archived_at: Option<Micros>,
}

/// One stored version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateVersionRow {
    /// From 1.
    pub version: u32,
    /// Canonical encoding of `clausa_core::policy::TemplateVersion`.
    pub encoded: Vec<u8>,
    /// Its digest.
    pub digest: [u8; 32],
    /// When it was stored.
    pub created_at: Micros,
}
