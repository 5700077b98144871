//! Sessions: what is signed in as oneself.

use clausa_core::id::DeviceThumbprint;
use serde::{Deserialize, Serialize};

/// Answer of `GET` [`crate::paths::SESSIONS`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionList {
    /// The newest first.
    pub sessions: Vec<Session>,
}

/// One session that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// Names it in [`crate::paths::SESSION`]; 32 hex digits.
    pub id: String,
    /// What holds it.
    pub kind: SessionKind,
    /// When it began, seconds since 1970.
    pub created_at: u64,
    /// When a client last renewed its tokens, or when the person last showed who he is at a browser, seconds since 1970.
    pub last_seen: u64,
    /// When its person last showed who he is, seconds since 1970; 0 when that was not recorded.
    pub proven_at: u64,
    /// By what, such as `password` or `mail-code`.
    pub proven_by: Vec<String>,
    /// The enrolled device that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub device: Option<DeviceThumbprint>,
    /// That device's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_name: Option<String>,
    /// The client's description of itself when the session began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// True for the session that asked.
    pub current: bool,
}

/// What holds a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SessionKind {
    /// A client, with tokens bound to its key.
    Client,
    /// A browser, with a cookie.
    Browser,
}

/// How many sessions an act has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EndedSessions {
    /// Sessions that were open and are not any more.
    pub ended: u64,
}
