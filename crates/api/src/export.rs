//! Everything that an authority knows about a person, for the person: JSON Lines, one [`ExportLine`] a line. The first
//! says what it is; one without an [`ExportLine::End`] was cut short.

use clausa_core::address::Address;
use clausa_core::id::{ContentId, TemplateId};
use serde::{Deserialize, Serialize};

use crate::content::ContentGrant;
use crate::device::Device;
use crate::factor::FactorList;
use crate::identity::Identity;
use crate::log::LogEntry;
use crate::session::Session;

/// What [`ExportBegin::format`] says.
pub const EXPORT_FORMAT: &str = "clausa-account-export/1";
/// Media type of an export.
pub const EXPORT_TYPE: &str = "application/jsonl";
/// Most files and most log entries in one export; [`ExportEnd::complete`] says whether that was enough.
pub const MAX_EXPORTED: u64 = 1_000_000;

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExportLine {
    /// What this is; the first line.
    Export(ExportBegin),
    /// The account and its tenant.
    Identity(Identity),
    /// Something that is signed in.
    Session(Session),
    /// An enrolled device.
    Device(Device),
    /// What signs in beside a mailed code; never a secret.
    Factors(FactorList),
    /// The address of a group of the own tenant.
    Group(Address),
    /// A file that the person owns or has published.
    File(Box<ExportedFile>),
    /// A mail that waits to be sent.
    Mail(ExportedMail),
    /// An entry of the own tenant's log about what the person did or about his files.
    Log(Box<LogEntry>),
    /// The last line.
    End(ExportEnd),
}

/// What an export is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportBegin {
    /// [`EXPORT_FORMAT`].
    pub format: String,
    /// The authority.
    pub origin: String,
    /// When it was made, seconds since 1970.
    pub made_at: u64,
    /// [`MAX_EXPORTED`].
    pub limit: u64,
}

/// How an export ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportEnd {
    /// Lines before this one.
    pub lines: u64,
    /// False when there is more than [`ExportBegin::limit`] allows.
    pub complete: bool,
}

/// A file as the authority knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportedFile {
    /// The file's identifier.
    pub id: ContentId,
    /// Whom it belongs to.
    pub owner: Address,
    /// Who protected it.
    pub issuer: Address,
    /// True when it belongs to the person who exports.
    pub owned: bool,
    /// The file's name, when registered with one and the file is the person's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// The template, unless ad hoc.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<TemplateId>,
    /// The file that it was made from by protecting it anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ContentId>,
    /// Ad hoc grants of a file that is the person's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<ContentGrant>,
    /// Seconds since 1970.
    pub published_at: u64,
    /// Seconds since 1970 at which the authority first heard of it.
    pub registered_at: u64,
    /// Seconds since 1970, when the policy names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<u64>,
    /// Seconds since 1970, once revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<u64>,
}

/// A mail that waits; its text is not part of the export, because it may hold a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportedMail {
    /// The address it goes to.
    pub to: Address,
    /// Seconds since 1970.
    pub created_at: u64,
    /// Until when it is tried, seconds since 1970.
    pub expires_at: u64,
}
