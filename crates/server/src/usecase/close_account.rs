//! Closing an account: by its person, or by whoever keeps the accounts of an organisation.
//!
//! Whoever could open a file before can open it afterwards; only what is the owner's alone ends, or passes to a
//! successor (`SEC-180`, `SEC-181`).
//! The owner stands in a file's policy, which the authority does not keep, so that what is kept is whose each address was,
//! and until when (`docs/adr/0050-closing-an-account.md`).

mod own;

use clausa_core::address::Address;
use clausa_core::id::AccountId;
use clausa_core::random::RandomnessFailed;
use clausa_store::record::account::{Account, Role};
use clausa_store::record::mail::Mail;
use clausa_store::record::micros::Micros;
use clausa_store::record::succession::Retirement;
use clausa_store::repo::UnitOfWork;
use clausa_store::{Denied, Permit, StoreError, SystemAct};

pub use own::{Closed, close_own};

use super::failure::{Failure, failures};
use super::forget::ForgetError;
use super::succession::owner_mac;
use crate::state::AppState;

/// What becomes of the files that the account owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Files {
    /// They go on opening for exactly the people they name; nobody has the owner's rights.
    Keep,
    /// The owner's rights pass to the active account that has this address, of the same organisation.
    HandOver(Address),
}

/// Why an account is not closed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CloseError {
    /// The address typed again is none of the account's.
    #[error("this is not the address of the account")]
    OtherAddress,
    /// Nobody of the organisation has the successor's address, or it is the account's own or a guest's.
    #[error("no active account of the organisation has the successor's address")]
    NoSuccessor,
    /// Nobody else administers the organisation.
    #[error("nobody else administers the organisation")]
    LastAdministrator,
    /// It was closed before.
    #[error("the account is closed")]
    Closed,
    /// It is closed, and what was to be forgotten of it is not all forgotten yet.
    #[error("the account is closed, but not all of it is forgotten yet")]
    Forget(#[source] ForgetError),
    /// Something else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

failures!(CloseError: StoreError, Denied, RandomnessFailed);

/// An account that is to be closed.
pub(super) struct Ending<'a> {
    pub(super) account: &'a Account,
    pub(super) addresses: &'a [Address],
    pub(super) files: &'a Files,
    pub(super) at: Micros,
}

/// Closes an account in the transaction of whoever may; its successor, if it has one. Writes no log entry and no mail.
pub(super) async fn end(
    state: &AppState,
    tx: &mut dyn UnitOfWork,
    ending: &Ending<'_>,
) -> Result<Option<AccountId>, CloseError> {
    let Ending {
        account,
        addresses,
        files,
        at,
    } = ending;
    let system = Permit::system(SystemAct::CloseAccount(account.tenant));
    let tenant = tx.tenant(&system).await?.ok_or(Failure::Missing("tenant"))?;
    if tenant.managed
        && account.role == Role::Administrator
        && tx.count_accounts(&system, Role::Administrator).await? <= 1
    {
        return Err(CloseError::LastAdministrator);
    }
    let successor = match files {
        Files::Keep => None,
        Files::HandOver(address) => {
            let found = tx.account_by_address(address).await?;
            let fits = |found: &Account| {
                found.tenant == account.tenant && found.id != account.id && found.is_member()
            };
            Some(found.filter(fits).ok_or(CloseError::NoSuccessor)?.id)
        }
    };
    let retirement = Retirement {
        account: account.id,
        owners: addresses
            .iter()
            .map(|address| owner_mac(state, address))
            .collect(),
        successor,
        at: *at,
    };
    tx.retire_owner(&system, &retirement).await?;
    match tx.close_account(&system, account.id, addresses, *at).await? {
        true => Ok(successor),
        false => Err(CloseError::Closed),
    }
}

/// Queues the mails of a closing. Those that waited for the closed account are gone by then.
pub(super) async fn tell(tx: &mut dyn UnitOfWork, mails: &[Mail]) -> Result<(), StoreError> {
    for mail in mails {
        tx.enqueue_mail(mail).await?;
    }
    Ok(())
}
