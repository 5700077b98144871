//! Protected files as the authority knows them.

use clausa_core::address::Address;
use clausa_core::id::{ContentId, TemplateId};
use clausa_core::rights::Rights;
use serde::{Deserialize, Serialize};

use crate::{Bytes, Problem};

/// Registers a file that was published offline or just now. The first licence for a content id wins (`SEC-46`).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RegisterContentRequest {
    /// The publishing licence (the PL bytes of the file).
    pub publishing_licence: Bytes,
    /// The file's name, if its owner wants to see it in the log; at most 255 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
}

/// Most files in one [`RegisterContentsRequest`].
pub const MAX_REGISTRATIONS: usize = 128;

/// Registers several files that were published offline or just now. Each is taken or refused for itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RegisterContentsRequest {
    /// The files, at least one and at most [`MAX_REGISTRATIONS`].
    pub contents: Vec<RegisterContentRequest>,
}

/// What became of each file of a [`RegisterContentsRequest`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RegisterContentsAnswer {
    /// One for each file, in the order of the request.
    pub results: Vec<RegistrationResult>,
}

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RegistrationResult {
    /// Why it was not registered; left out when it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// What the authority knows of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Content {
    /// The file's identifier.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: ContentId,
    /// Whom it belongs to.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub owner: Address,
    /// Who protected it.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub issuer: Address,
    /// The file's name, when registered with one.
    pub file_name: Option<String>,
    /// The template, unless ad hoc.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub template: Option<TemplateId>,
    /// The file that it was made from by protecting it anew, as its publisher says.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub parent: Option<ContentId>,
    /// Ad hoc grants, for the owner's eyes.
    pub grants: Vec<ContentGrant>,
    /// Seconds since 1970.
    pub published_at: u64,
    /// Seconds since 1970, when the policy names one.
    pub expires: Option<u64>,
    /// Seconds since 1970, once revoked.
    pub revoked_at: Option<u64>,
}

/// One ad hoc grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContentGrant {
    /// Who, as text.
    pub who: String,
    /// What they may do.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub rights: Rights,
}

/// Revokes a file: no licence is issued for it any more, the owner's included when asked for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RevokeContentRequest {
    /// Bind the owner too.
    #[serde(default)]
    pub including_owner: bool,
}
