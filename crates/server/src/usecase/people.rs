//! The organisation's people, for its administrator.

use clausa_api::account::{AccountEntry, AccountPage, AccountQuery};
use clausa_api::log::RequestType;
use clausa_core::id::AccountId;
use clausa_core::random::RandomnessFailed;
use clausa_store::permit::{Action, Resource, authorise};
use clausa_store::record::account::{ListedAccount, Role, RoleChange};
use clausa_store::record::log::LogDraft;
use clausa_store::record::micros::Micros;
use clausa_store::repo::UnitOfWork;
use clausa_store::{Denied, Permit, StoreError, SystemAct};

use super::acting::LogResult;
use super::failure::{Failure, failures};
use super::notice;
use super::oneself::Oneself;
use super::step_up::{self, Needed};
use crate::mail::texts::Notice;
use crate::state::AppState;

/// People of one answer, unless fewer are asked for.
const PAGE: u32 = 100;
/// The most of one answer.
const MAX_PAGE: u32 = 200;

/// Why people are not listed, or not given a role.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PeopleError {
    /// Too many or none at once.
    #[error("limit: 1 to {MAX_PAGE}")]
    PageSize,
    /// There is no such role to be given.
    #[error("role: member or administrator")]
    Role,
    /// There is no such active member.
    #[error("there is no such person")]
    Unknown,
    /// Nobody would be left.
    #[error("nobody else administers the organisation: make somebody its administrator first")]
    LastAdministrator,
    /// Something else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

failures!(PeopleError: StoreError, RandomnessFailed, Denied);

/// The organisation's people, by address. That they were looked through is in the log.
///
/// # Errors
///
/// [`PeopleError`].
pub async fn list(state: &AppState, who: &Oneself, query: AccountQuery) -> Result<AccountPage, PeopleError> {
    let permit = permit(who, Action::ReadAccounts)?;
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(PeopleError::PageSize);
    }
    let search = query.search.unwrap_or_default().to_ascii_lowercase();
    let input = (
        who.clone(),
        search,
        query.after.unwrap_or_default(),
        state.now_micros(),
    );
    let listed = state
        .store()
        .for_tenant(who.tenant())
        .transact_with("people.list", input, move |(who, search, after, now), tx| {
            Box::pin(async move {
                let listed = tx.list_accounts(&permit, search, after, limit + 1).await?;
                log(tx, who, &permit, RequestType::ListAccounts, None, *now).await?;
                Ok::<_, PeopleError>(listed)
            })
        })
        .await?;
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = listed.len() > wanted;
    let accounts: Vec<_> = listed.into_iter().take(wanted).map(describe).collect();
    let next = accounts
        .last()
        .filter(|_| is_more)
        .map(|last| last.address.clone());
    Ok(AccountPage { accounts, next })
}

fn describe(listed: ListedAccount) -> AccountEntry {
    let ListedAccount { account, address } = listed;
    AccountEntry {
        id: account.id,
        address: address.to_string(),
        name: account.display_name,
        role: account.role.as_str().to_owned(),
        state: account.state.as_str().to_owned(),
        created_at: account.created_at.seconds(),
    }
}

/// Makes somebody the organisation's administrator, or a member again. It asks for a fresh proof; the person is told by
/// mail, and somebody is always left who administers.
///
/// # Errors
///
/// [`PeopleError`]; [`Failure::StepUp`] without a fresh proof of identity.
pub async fn set_role(
    state: &AppState,
    who: &Oneself,
    account: AccountId,
    role: &str,
) -> Result<(), PeopleError> {
    permit(who, Action::ChangeRoles)?;
    let role = match Role::from_word(role) {
        Some(role @ (Role::Member | Role::Administrator)) => role,
        _ => return Err(PeopleError::Role),
    };
    let input = (state.clone(), who.clone(), account, role, state.now_micros());
    state
        .store()
        .for_tenant(who.tenant())
        .transact_with("people.role", input, |(state, who, account, role, now), tx| {
            Box::pin(async move { change(state, who, *account, *role, *now, tx).await })
        })
        .await?;
    state.mail_queued();
    Ok(())
}

async fn change(
    state: &AppState,
    who: &Oneself,
    account: AccountId,
    role: Role,
    now: Micros,
    tx: &mut dyn UnitOfWork,
) -> Result<(), PeopleError> {
    let permit = permit(who, Action::ChangeRoles)?;
    step_up::require(tx, &who.session, Needed::Fresh, now).await?;
    match tx.change_role(&permit, account, role).await? {
        RoleChange::Changed => {}
        RoleChange::Same => return Ok(()),
        RoleChange::Unknown => return Err(PeopleError::Unknown),
        RoleChange::LastAdministrator => return Err(PeopleError::LastAdministrator),
    }
    let govern = Permit::system(SystemAct::Govern(who.tenant()));
    let addresses = tx.addresses(&govern, account).await?;
    let address = addresses
        .first()
        .ok_or(Failure::Missing("address of an account"))?;
    let told = match role {
        Role::Administrator => Notice::MadeAdministrator,
        _ => Notice::NoAdministrator,
    };
    tx.enqueue_mail(&notice::prepare(state, address, told, who.request.language)?)
        .await?;
    let about = Some((account, address.to_string()));
    log(tx, who, &permit, RequestType::ChangeRole, about, now).await
}

async fn log(
    tx: &mut dyn UnitOfWork,
    who: &Oneself,
    permit: &Permit,
    request: RequestType,
    about: Option<(AccountId, String)>,
    now: Micros,
) -> Result<(), PeopleError> {
    let own = who.addresses(tx).await?.swap_remove(0);
    let (owner_account, owner) = about.unzip();
    let entry = LogDraft {
        admin_action: true,
        owner,
        owner_account,
        ..who.log_entry(request, &own, LogResult::Success, now)
    };
    tx.append_log(permit, &entry).await?;
    Ok(())
}

fn permit(who: &Oneself, action: Action) -> Result<Permit, Denied> {
    authorise(&who.actor, action, &Resource::Tenant(who.tenant()))
}
