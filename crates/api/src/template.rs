//! Templates: a tenant's ready-made policies.

use clausa_core::id::TemplateId;
use clausa_core::rights::Rights;
use serde::{Deserialize, Serialize};

use crate::Bytes;

/// Answer of [`crate::paths::TEMPLATES`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TemplateList {
    /// The templates the caller may choose, by name.
    pub templates: Vec<Template>,
}

/// The current version of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Template {
    /// Kept for life.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: TemplateId,
    /// Short name for the command line, such as `confidential-view-only`.
    pub slug: String,
    /// Name shown to people, such as `Contoso - Confidential View Only`.
    pub name: String,
    /// Grows with every change; a version never changes.
    pub version: u32,
    /// Digest of the version's canonical encoding, 32 bytes; licences pin it.
    pub digest: Bytes,
    /// Who may open, as text: `members of Contoso`, an address, a domain.
    pub grants: Vec<TemplateGrant>,
    /// Offline window in seconds.
    pub offline_seconds: u32,
}

/// One grant of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TemplateGrant {
    /// Who.
    pub who: String,
    /// What they may do, such as `VIEW,VIEWRIGHTSDATA`.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub rights: Rights,
}
