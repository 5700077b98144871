//! Groups of an organisation, as the operator keeps them.
//!
//! Which organisation is meant follows from the group's domain. Each change is in the organisation's log, in the same
//! transaction; a licence that rests on a membership looks at it again in its own, so that none follows a removal that was
//! answered.

pub mod table;

use clausa_api::log::RequestType;
use clausa_core::address::{Address, Domain};
use clausa_core::random::{Randomness as _, RandomnessFailed};
pub use clausa_store::record::group::{Group, Member, MemberKind};
use clausa_store::record::group::{GroupMade, MAX_DEPTH, MAX_GROUPS, MAX_MEMBERS, MemberAdded};
use clausa_store::record::log::LogDraft;
use clausa_store::record::micros::Micros;
use clausa_store::repo::UnitOfWork;
use clausa_store::{Permit, StoreError, SystemAct};

use super::acting::SUCCESS;
use super::failure::{Failure, failures};
use crate::state::AppState;

/// Longest name of a group, in characters.
pub const MAX_NAME_LENGTH: usize = 200;

/// Who stands in the log for what is done beside the service.
const OPERATOR: &str = "operator";

/// Why groups are not read or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GroupError {
    /// The name does not fit on one line.
    #[error("a group's name has at most {MAX_NAME_LENGTH} characters, and no control characters")]
    Name,
    /// No organisation has the domain.
    #[error("no organisation here has the domain {0}")]
    NoOrganisation(Domain),
    /// There is no such group.
    #[error("there is no group {0}")]
    Unknown(Address),
    /// There is such a group.
    #[error("there is a group {0} already")]
    Exists(Address),
    /// Somebody has the address.
    #[error("{0} is the address of an account")]
    AccountHasAddress(Address),
    /// Not in the group itself.
    #[error("{member} is not in {group} itself")]
    NoMember {
        /// The group.
        group: Address,
        /// Who is not in it.
        member: Address,
    },
    /// The group would contain itself.
    #[error("{member} contains {group}, and no group contains itself")]
    Circle {
        /// The group.
        group: Address,
        /// What was to come into it.
        member: Address,
    },
    /// Too many groups, one in the other.
    #[error("groups lie at most {MAX_DEPTH} deep, one in the other")]
    TooDeep,
    /// Too many groups.
    #[error("an organisation has at most {MAX_GROUPS} groups")]
    TooManyGroups,
    /// Too many members.
    #[error("a group has at most {MAX_MEMBERS} members; put groups into it")]
    TooManyMembers,
    /// Something else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

failures!(GroupError: StoreError, RandomnessFailed);

/// The groups of the organisation that has the domain, by address.
///
/// # Errors
///
/// [`GroupError`].
pub async fn list(state: &AppState, domain: &Domain) -> Result<Vec<Group>, GroupError> {
    let read = state
        .store()
        .read_with("groups.list", domain.clone(), |domain, tx| {
            Box::pin(async move {
                let permit = organisation(tx, domain).await?;
                Ok(tx.groups(&permit).await?)
            })
        });
    read.await
}

/// A group, and who is in it itself.
///
/// # Errors
///
/// [`GroupError`].
pub async fn show(state: &AppState, address: &Address) -> Result<(Group, Vec<Member>), GroupError> {
    let read = state
        .store()
        .read_with("groups.show", address.clone(), |address, tx| {
            Box::pin(async move {
                let permit = organisation(tx, &address.domain()).await?;
                let group = tx.group(&permit, address).await?;
                let group = group.ok_or_else(|| GroupError::Unknown(address.clone()))?;
                Ok((group, tx.members(&permit, address).await?))
            })
        });
    read.await
}

/// Makes a group without members.
///
/// # Errors
///
/// [`GroupError`].
pub async fn create(state: &AppState, address: &Address, name: &str) -> Result<(), GroupError> {
    check_name(name)?;
    let group = Group {
        address: address.clone(),
        name: name.to_owned(),
        created_at: state.now_micros(),
    };
    let entry = entry(state, address)?;
    let made = state
        .store()
        .transact_with("groups.create", (group, entry), |(group, entry), tx| {
            Box::pin(async move {
                let address = &group.address;
                let permit = organisation(tx, &address.domain()).await?;
                made(tx.create_group(&permit, group).await?, address)?;
                tx.append_log(&permit, entry).await?;
                Ok(())
            })
        });
    made.await
}

fn check_name(name: &str) -> Result<(), GroupError> {
    if name.chars().count() > MAX_NAME_LENGTH || name.chars().any(char::is_control) {
        return Err(GroupError::Name);
    }
    Ok(())
}

fn made(outcome: GroupMade, address: &Address) -> Result<(), GroupError> {
    match outcome {
        GroupMade::Made => Ok(()),
        GroupMade::Exists => Err(GroupError::Exists(address.clone())),
        GroupMade::AccountHasAddress => Err(GroupError::AccountHasAddress(address.clone())),
        GroupMade::ForeignDomain => Err(GroupError::NoOrganisation(address.domain())),
        GroupMade::TooDeep => Err(GroupError::TooDeep),
        GroupMade::TooMany => Err(GroupError::TooManyGroups),
    }
}

/// Deletes a group. Files that name it stay, and open for nobody by it.
///
/// # Errors
///
/// [`GroupError`].
pub async fn delete(state: &AppState, address: &Address) -> Result<(), GroupError> {
    let input = (address.clone(), entry(state, address)?);
    let deleted = state
        .store()
        .transact_with("groups.delete", input, |(address, entry), tx| {
            Box::pin(async move {
                let permit = organisation(tx, &address.domain()).await?;
                if !tx.delete_group(&permit, address).await? {
                    return Err(GroupError::Unknown(address.clone()));
                }
                tx.append_log(&permit, entry).await?;
                Ok(())
            })
        });
    deleted.await
}

/// Puts people and groups into a group, all of them or none; says how many were not in it before.
///
/// # Errors
///
/// [`GroupError`].
pub async fn add(state: &AppState, group: &Address, members: &[Address]) -> Result<usize, GroupError> {
    let now = state.now_micros();
    let input = (group.clone(), members.to_vec(), entry(state, group)?);
    let added = state
        .store()
        .transact_with("groups.add", input, move |(group, members, entry), tx| {
            Box::pin(async move {
                let permit = organisation(tx, &group.domain()).await?;
                let mut added = 0;
                for member in members {
                    added += usize::from(add_one(tx, &permit, group, member, now).await?);
                }
                tx.append_log(&permit, entry).await?;
                Ok(added)
            })
        });
    added.await
}

async fn add_one(
    tx: &mut dyn UnitOfWork,
    permit: &Permit,
    group: &Address,
    member: &Address,
    now: Micros,
) -> Result<bool, GroupError> {
    match tx.add_member(permit, group, member, now).await? {
        MemberAdded::Added => Ok(true),
        MemberAdded::Already => Ok(false),
        MemberAdded::NoGroup => Err(GroupError::Unknown(group.clone())),
        MemberAdded::Circle => Err(GroupError::Circle {
            group: group.clone(),
            member: member.clone(),
        }),
        MemberAdded::TooDeep => Err(GroupError::TooDeep),
        MemberAdded::TooMany => Err(GroupError::TooManyMembers),
    }
}

/// Takes people and groups out of a group, all of them or none. Once this is answered, no licence rests on it any more.
///
/// # Errors
///
/// [`GroupError`].
pub async fn remove(state: &AppState, group: &Address, members: &[Address]) -> Result<(), GroupError> {
    let input = (group.clone(), members.to_vec(), entry(state, group)?);
    let removed = state
        .store()
        .transact_with("groups.remove", input, |(group, members, entry), tx| {
            Box::pin(async move {
                let permit = organisation(tx, &group.domain()).await?;
                if tx.group(&permit, group).await?.is_none() {
                    return Err(GroupError::Unknown(group.clone()));
                }
                for member in members {
                    if !tx.remove_member(&permit, group, member).await? {
                        return Err(GroupError::NoMember {
                            group: group.clone(),
                            member: member.clone(),
                        });
                    }
                }
                // It also stands in the way of licences that are being written: they all append to this log.
                tx.append_log(&permit, entry).await?;
                Ok(())
            })
        });
    removed.await
}

async fn organisation(tx: &mut dyn UnitOfWork, domain: &Domain) -> Result<Permit, GroupError> {
    let tenant = tx.tenant_of_domain(domain).await?;
    let tenant = tenant.ok_or_else(|| GroupError::NoOrganisation(domain.clone()))?;
    Ok(Permit::system(SystemAct::KeepGroups(tenant.id)))
}

fn entry(state: &AppState, group: &Address) -> Result<LogDraft, GroupError> {
    let mut correlation = [0; 16];
    state.randomness().fill(&mut correlation)?;
    Ok(LogDraft {
        at: state.now_micros(),
        request: RequestType::ChangeGroup.as_str().to_owned(),
        user: OPERATOR.to_owned(),
        result: SUCCESS.to_owned(),
        correlation: correlation.iter().map(|byte| format!("{byte:02x}")).collect(),
        owner: Some(group.to_string()),
        admin_action: true,
        ..LogDraft::default()
    })
}
