//! Groups of an organisation as a table, in and out.

use std::collections::BTreeSet;

use clausa_core::address::{Address, Domain};
use clausa_store::StoreError;
use clausa_store::record::group::{Group, GroupMade};
use clausa_store::record::log::LogDraft;
use clausa_store::record::micros::Micros;
use clausa_store::repo::UnitOfWork;

use super::{GroupError, add_one, check_name, entry, made, organisation};
use crate::state::AppState;

/// One line: a group, and somebody in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The group's address.
    pub group: Address,
    /// What people call it; counts when the group is made.
    pub name: String,
    /// Who is in it; `None` says no more than that there is the group.
    pub member: Option<Address>,
}

/// What an import changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Groups that were made.
    pub groups: usize,
    /// Members that were added.
    pub members: usize,
}

/// Every group of the organisation with everybody who is in it itself, by address.
///
/// # Errors
///
/// [`GroupError`].
pub async fn export(state: &AppState, domain: &Domain) -> Result<Vec<Membership>, GroupError> {
    let read = state
        .store()
        .read_with("groups.export", domain.clone(), |domain, tx| {
            Box::pin(async move {
                let permit = organisation(tx, domain).await?;
                let mut lines = Vec::new();
                for group in tx.groups(&permit).await? {
                    let line = |member| Membership {
                        group: group.address.clone(),
                        name: group.name.clone(),
                        member,
                    };
                    let members = tx.members(&permit, &group.address).await?;
                    if members.is_empty() {
                        lines.push(line(None));
                    }
                    lines.extend(members.into_iter().map(|member| line(Some(member.address))));
                }
                Ok(lines)
            })
        });
    read.await
}

struct Input {
    domain: Domain,
    lines: Vec<Membership>,
    entries: Vec<LogDraft>,
    now: Micros,
}

/// Makes the groups that are missing and adds the members that are missing, all of it or nothing; takes nobody out. On an
/// error, also the index of the line that it is about.
///
/// # Errors
///
/// [`GroupError`].
pub async fn import(
    state: &AppState,
    domain: &Domain,
    lines: Vec<Membership>,
) -> Result<Imported, (Option<usize>, GroupError)> {
    let groups: BTreeSet<&Address> = lines.iter().map(|line| &line.group).collect();
    let entries = groups
        .into_iter()
        .map(|group| entry(state, group))
        .collect::<Result<_, _>>();
    let input = Input {
        domain: domain.clone(),
        entries: entries.map_err(|error| (None, error))?,
        lines,
        now: state.now_micros(),
    };
    let imported = state.store().transact_with("groups.import", input, |input, tx| {
        Box::pin(async move { store(input, tx).await })
    });
    imported.await.map_err(|error| (error.line, error.error))
}

/// An error with its line.
struct LineError {
    line: Option<usize>,
    error: GroupError,
}

impl From<GroupError> for LineError {
    fn from(error: GroupError) -> Self {
        Self { line: None, error }
    }
}

impl From<StoreError> for LineError {
    fn from(error: StoreError) -> Self {
        GroupError::from(error).into()
    }
}

async fn store(input: &Input, tx: &mut dyn UnitOfWork) -> Result<Imported, LineError> {
    let permit = organisation(tx, &input.domain).await?;
    let at = |line| {
        move |error: GroupError| LineError {
            line: Some(line),
            error,
        }
    };
    let mut imported = Imported::default();
    // All groups first, so that lines may name groups of later lines as members.
    for (index, line) in input.lines.iter().enumerate() {
        check_name(&line.name).map_err(at(index))?;
        let group = Group {
            address: line.group.clone(),
            name: line.name.clone(),
            created_at: input.now,
        };
        match tx.create_group(&permit, &group).await? {
            GroupMade::Exists => {}
            other => {
                made(other, &line.group).map_err(at(index))?;
                imported.groups += 1;
            }
        }
    }
    for (index, line) in input.lines.iter().enumerate() {
        if let Some(member) = &line.member {
            let added = add_one(tx, &permit, &line.group, member, input.now).await;
            imported.members += usize::from(added.map_err(at(index))?);
        }
    }
    if imported != Imported::default() {
        for entry in &input.entries {
            tx.append_log(&permit, entry).await?;
        }
    }
    Ok(imported)
}
