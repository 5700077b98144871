//! The log: who asked for what, and what came of it. Append-only, one gapless sequence per tenant.

use clausa_core::id::{AccountId, ContentId, TemplateId};

use super::micros::Micros;

/// What is written into the log; its position is found at writing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogDraft {
    /// When; never earlier in the log than the entry before it.
    pub at: Micros,
    /// What was asked: the name that `clausa-api` gives the request type.
    pub request: String,
    /// Who asked, as text; empty when nobody was signed in.
    pub user: String,
    /// The account that asked: it may read the entry.
    pub account: Option<AccountId>,
    /// `Success`, or the problem's code.
    pub result: String,
    /// Shared by everything one request did.
    pub correlation: String,
    /// The file, where one is concerned.
    pub content: Option<ContentId>,
    /// The file's owner, as text.
    pub owner: Option<String>,
    /// The owner's account: it may read the entry.
    pub owner_account: Option<AccountId>,
    /// Who protected the file, as text.
    pub issuer: Option<String>,
    /// The template, unless ad hoc.
    pub template: Option<TemplateId>,
    /// The file's name, when registered with one.
    pub file_name: Option<String>,
    /// When the file was protected.
    pub published_at: Option<Micros>,
    /// The rights given or the right that was missing.
    pub rights: Option<String>,
    /// The client's description of itself.
    pub client_info: Option<String>,
    /// The client's address as the authority saw it.
    pub client_ip: Option<String>,
    /// Done with an administrator's power.
    pub admin_action: bool,
    /// On whose behalf, when not one's own.
    pub acting_as: Option<String>,
}

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Position in the tenant's log, from 1, without gaps.
    pub sequence: u64,
    /// What is written there. Its time may be later than the draft's was.
    pub entry: LogDraft,
}

/// Which entries to read. Whose is decided by the permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogFilter {
    /// Only entries of this file.
    pub content: Option<ContentId>,
    /// Only entries after this position.
    pub after: u64,
    /// At most this many.
    pub limit: u32,
}
