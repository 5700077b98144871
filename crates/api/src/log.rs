//! The log: who asked for what, and what came of it.

use clausa_core::id::{AccountId, ContentId, TemplateId};
use serde::{Deserialize, Serialize};

use crate::Bytes;

/// Query of [`crate::paths::LOG`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
pub struct LogQuery {
    /// Only entries of this file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(value_type = Option<String>))]
    pub content: Option<ContentId>,
    /// Only entries after this sequence number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// At most this many entries, 1 to 1 000; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Answer of [`crate::paths::LOG`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogPage {
    /// In the order of their sequence numbers.
    pub entries: Vec<LogEntry>,
    /// Ask again with `after` set to this when there is more.
    pub next: Option<u64>,
}

/// One entry. The fields are those of Microsoft's usage log, so that existing analyses carry over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogEntry {
    /// Position in the tenant's log, without gaps, from 1.
    pub sequence: u64,
    /// Microseconds since 1970 by the authority's clock.
    pub at_micros: u64,
    /// What was asked.
    pub request: RequestType,
    /// Who asked; empty when nobody was signed in.
    pub user: String,
    /// `Success`, or the problem's code.
    pub result: String,
    /// Shared by everything one request did.
    pub correlation: String,
    /// The file, where one is concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub content: Option<ContentId>,
    /// The file's owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Who protected it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The template, unless ad hoc.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub template: Option<TemplateId>,
    /// The file's name, when registered with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// Seconds since 1970 at which the file was protected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<u64>,
    /// The rights given or the right that was missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rights: Option<String>,
    /// The client's description of itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_info: Option<String>,
    /// The client's address as the authority saw it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_ip: Option<String>,
    /// Done with an administrator's power.
    #[serde(default)]
    pub admin_action: bool,
    /// On whose behalf, when not one's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acting_as: Option<String>,
}

/// Answer of [`crate::paths::LOG_ENTRIES`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogEvidencePage {
    /// In the order of their sequence numbers.
    pub entries: Vec<LogEvidence>,
    /// Ask again with `after` set to this when there is more.
    pub next: Option<u64>,
}

/// An entry with everything that its leaf in the tree is computed from, for those who verify.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogEvidence {
    /// The entry.
    pub entry: LogEntry,
    /// The account that asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub account: Option<AccountId>,
    /// The owner's account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub owner_account: Option<AccountId>,
    /// Microseconds since 1970 at which the file was protected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at_micros: Option<u64>,
    /// 16 bytes from which the salts of what names people are derived; or, once somebody was forgotten, the four salts
    /// of 16 bytes (user, acting as, owner, issuer), zero where forgotten. Absent in entries that are not in the tree
    /// yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub salts: Option<Bytes>,
    /// Once somebody was forgotten: the seven salted hashes of what named people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub erased: Option<Bytes>,
}

/// What was asked. Names are Microsoft's where the request is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RequestType {
    /// A use licence for opening.
    AcquireLicense,
    /// The list of templates.
    AcquireTemplates,
    /// A device was enrolled.
    Certify,
    /// A device was removed by its owner.
    RemoveDevice,
    /// A licensor certificate was issued.
    GetClientLicensorCert,
    /// A file was registered.
    Publish,
    /// A use licence for taking protection off.
    RemoveProtection,
    /// A file was revoked.
    RevokeAccess,
    /// Somebody signed in.
    SignIn,
    /// A session was ended, or all but one.
    SignOut,
    /// Somebody signed in showed again who he is.
    StepUp,
    /// An authenticator, passkey or recovery codes were added.
    AddFactor,
    /// An authenticator or passkey was removed.
    RemoveFactor,
    /// A password was set, changed or taken away.
    ChangePassword,
    /// An account was made.
    SignUp,
    /// An account was closed; the entry's owner is whoever got the owner's rights on its files.
    CloseAccount,
    /// An account was made for somebody, in an organisation whose domain is proven; he is the entry's owner.
    ProvisionAccount,
    /// Somebody exported everything about himself.
    ExportAccount,
    /// A group was made or deleted, or somebody came into it or left; the entry's owner is the group.
    ChangeGroup,
    /// The log was read.
    ReadLog,
    /// A person was forgotten, on the operator's word.
    ForgetPerson,
    /// A member asked to administer the organisation.
    ClaimDomain,
    /// The record of his claim was seen.
    ProveDomain,
    /// A claim was given up or disputed.
    StopClaim,
    /// The claimant became administrator.
    TakeOver,
    /// An administrator set what holds for everybody.
    ChangeControls,
    /// An administrator looked through the organisation's people.
    ListAccounts,
    /// Somebody became administrator, or is not any more; the entry's owner is that person.
    ChangeRole,
}

impl RequestType {
    /// Every request type.
    pub const ALL: [Self; 28] = [
        Self::AcquireLicense,
        Self::AcquireTemplates,
        Self::Certify,
        Self::RemoveDevice,
        Self::GetClientLicensorCert,
        Self::Publish,
        Self::RemoveProtection,
        Self::RevokeAccess,
        Self::SignIn,
        Self::SignOut,
        Self::StepUp,
        Self::ChangePassword,
        Self::AddFactor,
        Self::RemoveFactor,
        Self::SignUp,
        Self::CloseAccount,
        Self::ProvisionAccount,
        Self::ExportAccount,
        Self::ChangeGroup,
        Self::ReadLog,
        Self::ForgetPerson,
        Self::ClaimDomain,
        Self::ProveDomain,
        Self::StopClaim,
        Self::TakeOver,
        Self::ChangeControls,
        Self::ListAccounts,
        Self::ChangeRole,
    ];

    /// The name in the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AcquireLicense => "AcquireLicense",
            Self::AcquireTemplates => "AcquireTemplates",
            Self::Certify => "Certify",
            Self::RemoveDevice => "RemoveDevice",
            Self::GetClientLicensorCert => "GetClientLicensorCert",
            Self::Publish => "Publish",
            Self::RemoveProtection => "RemoveProtection",
            Self::RevokeAccess => "RevokeAccess",
            Self::SignIn => "SignIn",
            Self::SignOut => "SignOut",
            Self::StepUp => "StepUp",
            Self::ChangePassword => "ChangePassword",
            Self::AddFactor => "AddFactor",
            Self::RemoveFactor => "RemoveFactor",
            Self::SignUp => "SignUp",
            Self::CloseAccount => "CloseAccount",
            Self::ProvisionAccount => "ProvisionAccount",
            Self::ExportAccount => "ExportAccount",
            Self::ChangeGroup => "ChangeGroup",
            Self::ReadLog => "ReadLog",
            Self::ForgetPerson => "ForgetPerson",
            Self::ClaimDomain => "ClaimDomain",
            Self::ProveDomain => "ProveDomain",
            Self::StopClaim => "StopClaim",
            Self::TakeOver => "TakeOver",
            Self::ChangeControls => "ChangeControls",
            Self::ListAccounts => "ListAccounts",
            Self::ChangeRole => "ChangeRole",
        }
    }

    /// Reads the name in the log.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|request| request.as_str() == name)
    }
}
