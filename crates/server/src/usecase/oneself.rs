//! Somebody who acts on his own account, through a client or through a page.

use clausa_api::log::RequestType;
use clausa_core::address::Address;
use clausa_core::id::TenantId;
use clausa_store::permit::{Action, Resource, authorise};
use clausa_store::record::account::AccountState;
use clausa_store::record::controls::Controls;
use clausa_store::record::log::LogDraft;
use clausa_store::record::micros::Micros;
use clausa_store::record::session::{BrowserSession, SessionRef};
use clausa_store::repo::UnitOfWork;
use clausa_store::{Actor, Denied, Permit, SystemAct};

use super::account_log;
use super::acting::LogResult;
use super::controls;
use super::failure::Failure;
use crate::request::{Caller, RequestContext};
use crate::state::AppState;

/// Somebody signed in, the session in which he acts, and the request.
#[derive(Clone, Debug)]
pub struct Oneself {
    /// Who.
    pub actor: Actor,
    /// The session whose token or cookie was shown.
    pub session: SessionRef,
    /// The request.
    pub request: RequestContext,
}

impl From<&Caller> for Oneself {
    fn from(caller: &Caller) -> Self {
        Self {
            actor: caller.actor,
            session: SessionRef::Client(caller.session),
            request: caller.request.clone(),
        }
    }
}

impl Oneself {
    /// Whoever is signed in at a browser, with an account that is still in use.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub async fn at_browser(
        state: &AppState,
        session: &BrowserSession,
        request: &RequestContext,
    ) -> Result<Option<Self>, Failure> {
        let Some((tenant, account)) = session.signed_in else {
            return Ok(None);
        };
        let permit = Permit::system(SystemAct::SignIn(tenant));
        let (proof, begun, now) = (session.proof, session.created_at, state.now_micros());
        let found = state
            .store()
            .read("browser.oneself", move |tx| {
                Box::pin(async move {
                    let account = tx.account(&permit, account).await?;
                    let tenant = tx.tenant(&permit).await?.ok_or(Failure::Missing("tenant"))?;
                    let controls = controls::of(tx, &permit, &tenant).await?.unwrap_or_default();
                    Ok::<_, Failure>(account.map(|account| (account, tenant, controls)))
                })
            })
            .await?;
        let is_over = |controls: &Controls| {
            let lasts = controls.session_seconds;
            lasts.is_some_and(|seconds| begun.plus_seconds(seconds.into()) <= now)
        };
        let active = found
            .filter(|(account, _, controls)| account.state == AccountState::Active && !is_over(controls));
        Ok(active.map(|(account, tenant, controls)| Self {
            actor: Actor {
                account: account.id,
                tenant: tenant.id,
                role: account.role,
                managed: tenant.managed,
                personal: tenant.personal,
                needs_factor: controls.second_factor && !proof.by.are_two(),
                device: None,
            },
            session: SessionRef::Browser(session.cookie),
            request: request.clone(),
        }))
    }

    /// The permit for `action` on his own account.
    ///
    /// # Errors
    ///
    /// [`Denied`], as [`authorise`] says.
    pub fn permit(&self, action: Action) -> Result<Permit, Denied> {
        let resource = Resource::Account {
            tenant: self.actor.tenant,
            account: self.actor.account,
        };
        authorise(&self.actor, action, &resource)
    }

    /// His tenant.
    pub fn tenant(&self) -> TenantId {
        self.actor.tenant
    }

    /// His proven addresses, the one that people see first; never empty.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub async fn addresses(&self, tx: &mut dyn UnitOfWork) -> Result<Vec<Address>, Failure> {
        let permit = self.permit(Action::ReadIdentity)?;
        let addresses = tx.addresses(&permit, self.actor.account).await?;
        match addresses.is_empty() {
            true => Err(Failure::Missing("address of an account")),
            false => Ok(addresses),
        }
    }

    /// A log entry about `request` by him, who goes by `address`.
    pub fn log_entry(
        &self,
        request: RequestType,
        address: &Address,
        result: LogResult,
        at: Micros,
    ) -> LogDraft {
        account_log::entry(request, self.actor.account, address, result, &self.request, at)
    }
}
