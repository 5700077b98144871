//! Forgetting a person, on the operator's word.
//!
//! What names the person leaves the database: account, addresses, sessions, devices' names, the log's texts with the
//! salts that would lead back to them. What stays: the random number that was the account's, in licences and log; files
//! that the person owns, which go on opening for whoever they name, though nobody has the owner's rights any more; and
//! what other people's files say of whom they are for.

use clausa_api::log::{LogEvidence, RequestType};
use clausa_core::address::Address;
use clausa_core::id::TenantId;
use clausa_core::random::Randomness as _;
use clausa_core::time::Timestamp;
use clausa_store::record::account::Account;
use clausa_store::record::hash::OwnerMac;
use clausa_store::record::log::LogDraft;
use clausa_store::record::log_tree::Forgotten;
use clausa_store::record::succession::Retirement;
use clausa_store::repo::UnitOfWork;
use clausa_store::{Permit, StoreError, SystemAct};

use super::acting::LogResult;
use super::failure::{Failure, failures};
use super::succession::owner_mac;
use super::{inspect_log, read_log};
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

/// Somebody who is to be forgotten.
#[derive(Clone, Debug)]
pub struct Person {
    tenant: TenantId,
    forgotten: Forgotten,
    since: Timestamp,
}

impl Person {
    /// Somebody whose account is being closed.
    pub(super) fn of(account: &Account, addresses: &[Address]) -> Self {
        Self {
            tenant: account.tenant,
            forgotten: Forgotten {
                account: account.id,
                addresses: addresses.iter().map(ToString::to_string).collect(),
            },
            since: account.created_at.timestamp(),
        }
    }

    /// When the account was made: no older backup holds it.
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// Takes the person out of an entry that is not in the database any more; says whether he was in it. Its leaf in the
    /// tree stays as it is.
    ///
    /// # Errors
    ///
    /// [`Failure::Missing`] when the entry has no salts.
    pub fn take_out_of(&self, evidence: &mut LogEvidence) -> Result<bool, Failure> {
        let mut stored = read_log::stored(evidence.clone());
        let was_named = stored.forget(&self.forgotten);
        let was_named = was_named.ok_or(Failure::Missing("salts of an entry"))?;
        let left = read_log::evidence(stored)?;
        let has_changed = was_named && left != *evidence;
        *evidence = left;
        Ok(has_changed)
    }
}

/// Forgets a person, and writes that somebody was forgotten into the log of his organisation: when and `by` whom, without
/// saying who. May be called again when it was interrupted: the addresses are the last to go.
///
/// # Errors
///
/// [`ForgetError`].
pub async fn forget(state: &AppState, person: &Person, by: &str) -> Result<ForgetReport, ForgetError> {
    let (tenant, person) = (person.tenant, &person.forgotten);
    let mut report = ForgetReport::default();
    // The account ends first and its addresses last, so that nothing new comes in and an interrupted call can go on.
    end_account(state, tenant, person, None).await?;
    for tenant in inspect_log::tenants(state).await? {
        let (entries, files) = forget_in(state, tenant, person).await?;
        report.entries += entries;
        report.files += files;
    }
    end_account(
        state,
        tenant,
        person,
        Some((entry(state, by)?, retirement(state, person))),
    )
    .await?;
    Ok(report)
}

fn retirement(state: &AppState, person: &Forgotten) -> Retirement {
    let addresses = person.addresses.iter();
    Retirement {
        account: person.account,
        owners: addresses
            .filter_map(|address| address.parse().ok())
            .map(|address| owner_mac(state, &address))
            .collect(),
        successor: None,
        at: state.now_micros(),
    }
}

/// Nothing in it names the person who was forgotten, not even by the account's number.
fn entry(state: &AppState, by: &str) -> Result<LogDraft, Failure> {
    let mut correlation = [0; 16];
    state.randomness().fill(&mut correlation)?;
    Ok(LogDraft {
        at: state.now_micros(),
        request: RequestType::ForgetPerson.as_str().to_owned(),
        user: by.to_owned(),
        result: LogResult::Success.as_str().to_owned(),
        correlation: format!("{:032x}", u128::from_be_bytes(correlation)),
        // Whoever asks for it himself does not stand there either.
        admin_action: !by.is_empty(),
        ..LogDraft::default()
    })
}

/// Whoever has this address, or had it last and closed the account.
///
/// # Errors
///
/// [`ForgetError::Unknown`] when nobody has.
pub async fn find(state: &AppState, address: &Address) -> Result<Person, ForgetError> {
    let mac = owner_mac(state, address);
    state
        .store()
        .read_with("forget.find", (address.clone(), mac), |(address, mac), tx| {
            Box::pin(async move {
                if let Some(account) = tx.account_by_address(address).await? {
                    let permit = Permit::system(SystemAct::Housekeeping(account.tenant));
                    let addresses = tx.addresses(&permit, account.id).await?;
                    return Ok(Person::of(&account, &addresses));
                }
                let closed = last_holder(tx, address, mac).await?;
                let closed = closed.ok_or_else(|| ForgetError::Unknown(address.clone()))?;
                Ok(Person::of(&closed, std::slice::from_ref(address)))
            })
        })
        .await
}

/// The closed account that had the address last, of the organisation that has its domain.
async fn last_holder(
    tx: &mut dyn UnitOfWork,
    address: &Address,
    mac: &OwnerMac,
) -> Result<Option<Account>, StoreError> {
    let Some(tenant) = tx.tenant_of_domain(&address.domain()).await? else {
        return Ok(None);
    };
    let permit = Permit::system(SystemAct::Housekeeping(tenant.id));
    match tx.last_holder(&permit, mac).await? {
        Some(account) => tx.account(&permit, account).await,
        None => Ok(None),
    }
}

async fn end_account(
    state: &AppState,
    tenant: TenantId,
    person: &Forgotten,
    last: Option<(LogDraft, Retirement)>,
) -> Result<(), Failure> {
    let input = (
        Permit::system(SystemAct::Housekeeping(tenant)),
        person.clone(),
        last,
    );
    let now = state.now_micros();
    state
        .store()
        .transact_with("forget.account", input, move |(permit, person, last), tx| {
            Box::pin(async move {
                tx.forget_account(permit, person, now).await?;
                if let Some((entry, retirement)) = last {
                    // Whoever has the address later owns nothing of what was published for it before.
                    tx.retire_owner(permit, retirement).await?;
                    tx.forget_addresses(permit, person).await?;
                    tx.append_log(permit, entry).await?;
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
