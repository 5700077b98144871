//! What a verb needs to know of the signed-in person: permits for his own things, and what the log says of him.

use clausa_api::ProblemType;
use clausa_api::log::RequestType;
use clausa_core::address::Address;
use clausa_core::id::TenantId;
use clausa_store::permit::{Action, Resource, authorise};
use clausa_store::record::content::Content;
use clausa_store::record::log::LogDraft;
use clausa_store::record::micros::Micros;
use clausa_store::repo::UnitOfWork;
use clausa_store::{Denied, Permit};

use super::failure::Failure;
use crate::request::Caller;

/// The `result` of a log entry about something that worked.
pub const SUCCESS: &str = "Success";

impl Caller {
    /// The permit for `action` on the caller's own account.
    ///
    /// # Errors
    ///
    /// [`Denied`], as [`authorise`] says.
    pub fn permit_for_self(&self, action: Action) -> Result<Permit, Denied> {
        let resource = Resource::Account {
            tenant: self.actor.tenant,
            account: self.actor.account,
        };
        authorise(&self.actor, action, &resource)
    }

    /// The permit for `action` on the common things of the caller's tenant.
    ///
    /// # Errors
    ///
    /// [`Denied`], as [`authorise`] says.
    pub fn permit_in_tenant(&self, action: Action) -> Result<Permit, Denied> {
        authorise(&self.actor, action, &Resource::Tenant(self.tenant()))
    }

    /// The caller's tenant, from the session.
    pub fn tenant(&self) -> TenantId {
        self.actor.tenant
    }

    /// The caller's proven addresses, the one that people see first.
    ///
    /// # Errors
    ///
    /// The store's failure.
    pub async fn addresses(&self, tx: &mut dyn UnitOfWork) -> Result<Vec<Address>, Failure> {
        let permit = self.permit_for_self(Action::ReadIdentity)?;
        Ok(tx.addresses(&permit, self.actor.account).await?)
    }

    /// The name under which the caller stands in the log: the first proven address.
    ///
    /// # Errors
    ///
    /// The store's failure.
    pub async fn user(&self, tx: &mut dyn UnitOfWork) -> Result<String, Failure> {
        let addresses = self.addresses(tx).await?;
        Ok(addresses
            .first()
            .map(|address| address.as_str().to_owned())
            .unwrap_or_default())
    }

    /// A log entry about `request` by this caller, who goes by `user`.
    pub fn log_entry(&self, request: RequestType, user: &str, result: LogResult, at: Micros) -> LogDraft {
        LogDraft {
            at,
            request: request.as_str().to_owned(),
            user: user.to_owned(),
            account: Some(self.actor.account),
            result: result.as_str().to_owned(),
            correlation: self.request.id.clone(),
            client_info: self.request.client_info.clone(),
            client_ip: Some(self.request.client_ip.to_string()),
            ..LogDraft::default()
        }
    }
}

/// The entry with what is known of the file that it is about.
pub fn about(entry: LogDraft, content: &Content) -> LogDraft {
    LogDraft {
        content: Some(content.id),
        owner: Some(content.owner.as_str().to_owned()),
        owner_account: content.owner_account,
        issuer: Some(content.issuer.as_str().to_owned()),
        template: content.template,
        file_name: content.file_name.clone(),
        published_at: Some(content.published_at),
        ..entry
    }
}

/// What came of a logged request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogResult {
    /// It was done.
    Success,
    /// It was refused, and the caller was told so.
    Refused(ProblemType),
}

impl LogResult {
    /// The text in the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => SUCCESS,
            Self::Refused(problem) => problem.code(),
        }
    }
}
