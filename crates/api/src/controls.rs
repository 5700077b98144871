//! What an organisation's administrator sets for everybody in it.

use serde::{Deserialize, Serialize};

/// Answer of `GET` and `PATCH` [`crate::paths::CONTROLS`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Controls {
    /// The organisation's name.
    pub organisation: String,
    /// `individual` or `organisation`. It changes what the plan allows and nothing else: no key, policy or file.
    pub plan: String,
    /// Whoever proves an address of one of the organisation's domains makes an account himself.
    pub joining: bool,
    /// The same on the individual plan.
    pub free_plan: bool,
    /// Files are protected on the individual plan.
    pub trial_protects: bool,
    /// Everybody signs in with two factors, or a passkey.
    pub second_factor: bool,
    /// After how many hours one has to sign in anew; 0 when the organisation says nothing.
    pub session_hours: u32,
    /// Who protects files: `everybody`, `user:ADDRESS`, `group:ADDRESS` or `domain:DOMAIN`, each maybe with `=` and the
    /// short name of the one template that this lets them use. Nobody when there are none.
    pub protectors: Vec<String>,
    /// Domains whose people get no licences for the organisation's files; those below them neither.
    pub never_receive: Vec<String>,
    /// Whom to ask, told with every refusal that these bring about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// Seconds since 1970 at which they were last set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<u64>,
}

/// Body of `PATCH` [`crate::paths::CONTROLS`]: what is absent stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ControlsChange {
    /// As in [`Controls`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// As in [`Controls`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joining: Option<bool>,
    /// As in [`Controls`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_plan: Option<bool>,
    /// As in [`Controls`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial_protects: Option<bool>,
    /// As in [`Controls`]. Whoever switches it on has signed in with two himself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_factor: Option<bool>,
    /// As in [`Controls`]; at most 2 160.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_hours: Option<u32>,
    /// As in [`Controls`]; at most 200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protectors: Option<Vec<String>>,
    /// As in [`Controls`]; at most 1 000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub never_receive: Option<Vec<String>>,
    /// As in [`Controls`]; empty for none, at most 300 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
}

/// Body of `POST` [`crate::paths::CONTROLS_PREVIEW`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewRequest {
    /// What is tried; nothing of it is kept.
    #[serde(default)]
    pub change: ControlsChange,
    /// Only people whose address comes after this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// Answer of `POST` [`crate::paths::CONTROLS_PREVIEW`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preview {
    /// At most 200 of the organisation's people, by address.
    pub people: Vec<PreviewPerson>,
    /// Ask again with `after` set to this when there are more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Whether one of the organisation's people would protect files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewPerson {
    /// The address that people see.
    pub address: String,
    /// Whether files are protected.
    pub protects: bool,
    /// The short names of the templates that may be used, unless any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub templates: Option<Vec<String>>,
    /// The protectors that make it so.
    pub by: Vec<String>,
}
