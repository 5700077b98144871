//! Accounts of an organisation, as the operator keeps them.
//!
//! An account comes about when its person proves the address (`SEC-72`). Where an administrator has proven the domain, the
//! organisation vouches for the addresses in it, and accounts can be made for its people; nobody is signed in by that
//! (`SEC-183`).

mod change;

use std::collections::BTreeMap;

use clausa_api::log::RequestType;
use clausa_core::address::{Address, Domain};
use clausa_core::random::{Randomness as _, RandomnessFailed};
pub use clausa_store::record::account::{AccountRow, AccountState, Role};
use clausa_store::record::log::LogDraft;
use clausa_store::repo::UnitOfWork;
use clausa_store::{Denied, Permit, StoreError, SystemAct};

pub use change::{Changed, NewLine, close, import};

use super::acting::SUCCESS;
use super::close_account::CloseError;
use super::failure::{Failure, failures};
use crate::state::AppState;

/// Most lines that are taken at once.
pub const MAX_LINES: usize = 2_000;
/// Accounts that are read at a time.
const PAGE: u32 = 500;
/// Who stands in the log for what is done beside the service.
const OPERATOR: &str = "operator";

/// Why accounts are not read or changed, or what is wrong with one of them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountsError {
    /// No organisation has the domain.
    #[error("no organisation here has the domain {0}")]
    NoOrganisation(Domain),
    /// Nobody has proven the organisation's domain.
    #[error("nobody has proven {0} yet: its people sign up themselves")]
    Unmanaged(Domain),
    /// Too many lines.
    #[error("at most {MAX_LINES} accounts are changed at once")]
    TooMany,
    /// The address is in no domain of the organisation.
    #[error("{0} is in no domain of the organisation")]
    ForeignDomain(Address),
    /// It stands there twice.
    #[error("{0} stands there twice")]
    Twice(Address),
    /// A group has the address.
    #[error("{0} is the address of a group")]
    Group(Address),
    /// The name is too long or has unfit characters.
    #[error("a name has at most 100 characters, and none that cannot be seen")]
    Name,
    /// Administrators prove the domain.
    #[error("nobody is made an administrator like this")]
    Administrator,
    /// Nobody of the organisation has the address.
    #[error("nobody of the organisation has the address {0}")]
    Unknown(Address),
    /// It cannot be closed.
    #[error("{0}")]
    NotClosed(CloseError),
    /// Something else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

failures!(AccountsError: StoreError, RandomnessFailed, Denied);

/// The accounts of the organisation that has the domain, by address; those without one, which are closed, at the end.
///
/// # Errors
///
/// [`AccountsError`].
pub async fn list(state: &AppState, domain: &Domain) -> Result<Vec<AccountRow>, AccountsError> {
    let mut found: BTreeMap<(bool, String, String), AccountRow> = BTreeMap::new();
    let mut after = None;
    loop {
        let page = state
            .store()
            .read_with("accounts.list", (domain.clone(), after), |(domain, after), tx| {
                Box::pin(async move {
                    let permit = organisation(tx, domain).await?;
                    Ok::<_, AccountsError>(tx.accounts(&permit, *after, PAGE).await?)
                })
            })
            .await?;
        after = page.last().map(|listed| listed.account.id);
        let is_last = page.len() < PAGE as usize;
        found.extend(page.into_iter().map(|listed| {
            let address = listed.address.as_ref().map(ToString::to_string);
            let key = (
                address.is_none(),
                address.unwrap_or_default(),
                listed.account.id.to_string(),
            );
            (key, listed)
        }));
        if is_last {
            return Ok(found.into_values().collect());
        }
    }
}

async fn organisation(tx: &mut dyn UnitOfWork, domain: &Domain) -> Result<Permit, AccountsError> {
    let tenant = tx.tenant_of_domain(domain).await?;
    let tenant = tenant.ok_or_else(|| AccountsError::NoOrganisation(domain.clone()))?;
    Ok(Permit::system(SystemAct::CloseAccount(tenant.id)))
}

fn entry(state: &AppState, request: RequestType) -> Result<LogDraft, AccountsError> {
    let mut correlation = [0; 16];
    state.randomness().fill(&mut correlation)?;
    Ok(LogDraft {
        at: state.now_micros(),
        request: request.as_str().to_owned(),
        user: OPERATOR.to_owned(),
        result: SUCCESS.to_owned(),
        correlation: correlation.iter().map(|byte| format!("{byte:02x}")).collect(),
        admin_action: true,
        ..LogDraft::default()
    })
}
