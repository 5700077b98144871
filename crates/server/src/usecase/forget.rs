//! Forgetting a person, on the operator's word.
//!
//! What names the person leaves the database: account, addresses, sessions, devices' names, the log's texts with the
//! salts that would lead back to them. What stays: the random number that was the account's, in licences and log; files
//! that the person owns, which go on opening for whoever they name (who owns a file stands in its encrypted policy,
//! which the authority never stores); and what other people's files say of whom they are for.

use clausa_core::address::Address;
use clausa_core::id::TenantId;
use clausa_store::record::log_tree::Forgotten;
use clausa_store::{Permit, StoreError, SystemAct};

use super::failure::{Failure, failures};
use super::inspect_log;
use crate::state::AppState;

/// Entries that one transaction changes; more would hold up everybody's writing.
const BATCH: u32 = 200;

/// What was forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForgetReport {
    /// Log entries, of all organisations, out of which the person was taken.
    pub entries: u64,
    /// Files from which the person's address was taken.
    pub files: u64,
}

/// Why nobody was forgotten.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForgetError {
    /// There is no account with this address.
    #[error("no account has the address {0}")]
    Unknown(Address),
    /// Something else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

failures!(ForgetError: StoreError);

/// Forgets whoever has this address. May be called again when it was interrupted: the account is the last to go.
///
/// # Errors
///
/// [`ForgetError`].
pub async fn forget(state: &AppState, address: &Address) -> Result<ForgetReport, ForgetError> {
    let (tenant, person) = find(state, address).await?;
    let mut report = ForgetReport::default();
    // The account ends first and its addresses last, so that nothing new comes in and an interrupted call can go on.
    end_account(state, tenant, &person, false).await?;
    for tenant in inspect_log::tenants(state).await? {
        let (entries, files) = forget_in(state, tenant, &person).await?;
        report.entries += entries;
        report.files += files;
    }
    end_account(state, tenant, &person, true).await?;
    Ok(report)
}

async fn find(state: &AppState, address: &Address) -> Result<(TenantId, Forgotten), ForgetError> {
    state
        .store()
        .read_with("forget.find", address.clone(), |address, tx| {
            Box::pin(async move {
                let account = tx.account_by_address(address).await?;
                let account = account.ok_or_else(|| ForgetError::Unknown(address.clone()))?;
                let permit = Permit::system(SystemAct::Housekeeping(account.tenant));
                let addresses = tx.addresses(&permit, account.id).await?;
                let person = Forgotten {
                    account: account.id,
                    addresses: addresses.iter().map(ToString::to_string).collect(),
                };
                Ok((account.tenant, person))
            })
        })
        .await
}

async fn end_account(
    state: &AppState,
    tenant: TenantId,
    person: &Forgotten,
    with_addresses: bool,
) -> Result<(), Failure> {
    let input = (Permit::system(SystemAct::Housekeeping(tenant)), person.clone());
    let now = state.now_micros();
    state
        .store()
        .transact_with("forget.account", input, move |(permit, person), tx| {
            Box::pin(async move {
                tx.forget_account(permit, person, now).await?;
                if with_addresses {
                    tx.forget_addresses(permit, person).await?;
                }
                Ok::<_, Failure>(())
            })
        })
        .await
}

async fn forget_in(state: &AppState, tenant: TenantId, person: &Forgotten) -> Result<(u64, u64), Failure> {
    let (mut entries, mut files) = (0, 0);
    loop {
        let input = (Permit::system(SystemAct::Housekeeping(tenant)), person.clone());
        let (erased, changed) = state
            .store()
            .transact_with("forget.log", input, move |(permit, person), tx| {
                Box::pin(async move {
                    let files = tx.forget_in_contents(permit, person).await?;
                    let entries = tx.forget_in_log(permit, person, BATCH).await?;
                    Ok::<_, Failure>((entries, files))
                })
            })
            .await?;
        entries += erased;
        files += changed;
        if erased == 0 {
            return Ok((entries, files));
        }
    }
}
