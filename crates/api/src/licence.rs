//! Use licences.

use serde::{Deserialize, Serialize};

use crate::{Bytes, Problem};

/// Asks for a use licence for the device whose key signed this request's proof.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LicenceRequest {
    /// The publishing licence (the PL bytes of the file).
    pub publishing_licence: Bytes,
    /// 16 random bytes that the licence repeats, so that an old answer cannot be passed off as this one.
    pub nonce: Bytes,
    /// What the caller is about to do; it decides which right is needed and is logged.
    pub purpose: LicencePurpose,
}

/// What a licence is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum LicencePurpose {
    /// Open: needs VIEW.
    Open,
    /// Write the content out in clear: needs EXPORT or OWNER.
    Unprotect,
}

/// A use licence and the certificate of the key that signed it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LicenceAnswer {
    /// COSE_Sign1 "clausa/v1/ul".
    pub use_licence: Bytes,
    /// The tenant's licence-signing certificate, signed by the authority's root.
    pub certificate: Bytes,
}

/// Most files in one [`LicencesRequest`].
pub const MAX_LICENCES: usize = 1_000;

/// Asks for use licences of several files for the device whose key signed this request's proof. Each is counted,
/// decided and logged as if it had been asked for alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LicencesRequest {
    /// The files, at least one and at most [`MAX_LICENCES`].
    pub licences: Vec<LicenceRequest>,
}

/// What became of each file of a [`LicencesRequest`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LicencesAnswer {
    /// One for each file, in the order of the request.
    pub results: Vec<LicenceResult>,
}

/// What became of one file: a licence, or a problem.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LicenceResult {
    /// The licence; left out when it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<LicenceAnswer>,
    /// Why there is none; left out when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}
