//! Making and closing accounts, all lines or none.

use std::collections::BTreeSet;

use clausa_api::log::RequestType;
use clausa_core::address::{Address, Domain};
use clausa_core::id::AccountId;
use clausa_store::Permit;
use clausa_store::record::account::{Account, AddressClaim, NewAccount, Role};
use clausa_store::record::log::LogDraft;
use clausa_store::repo::UnitOfWork;

use super::{AccountsError, MAX_LINES, entry, organisation};
use crate::mail::texts::Notice;
use crate::state::AppState;
use crate::texts::Language;
use crate::usecase::close_account::{self, CloseError, Ending, Files};
use crate::usecase::failure::Failure;
use crate::usecase::notice;
use crate::usecase::signup::names;

/// One account to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLine {
    /// In a domain of the organisation.
    pub address: Address,
    /// First and last name; may be empty.
    pub name: String,
    /// A member or a guest.
    pub role: Role,
}

/// What was changed, or would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Accounts that were made or closed.
    pub changed: usize,
    /// Accounts that were as they should be before.
    pub unchanged: usize,
}

/// What is wrong with which lines, by their index; the whole of them where there is none.
pub type LineErrors = Vec<(Option<usize>, AccountsError)>;

struct Input<T> {
    state: AppState,
    domain: Domain,
    lines: Vec<T>,
    entry: LogDraft,
    dry_run: bool,
}

/// Makes the accounts that are missing: all of them, or none when something is wrong with a line. Needs an organisation
/// whose domain is proven. With `dry_run` it only looks.
///
/// # Errors
///
/// What is wrong with each wrong line.
pub async fn import(
    state: &AppState,
    domain: &Domain,
    lines: Vec<NewLine>,
    dry_run: bool,
) -> Result<Changed, LineErrors> {
    let input = input(state, domain, lines, RequestType::ProvisionAccount, dry_run)?;
    let made = state
        .store()
        .transact_with("accounts.import", input, |input, tx| {
            Box::pin(async move { make_all(input, tx).await })
        });
    made.await.map_err(|errors: Errors| errors.0)
}

/// Closes accounts: all of them, or none when something is wrong with a line. Their people, and successors, are told by mail.
/// With `dry_run` it only looks.
///
/// # Errors
///
/// What is wrong with each wrong line.
pub async fn close(
    state: &AppState,
    domain: &Domain,
    lines: Vec<(Address, Files)>,
    dry_run: bool,
) -> Result<Changed, LineErrors> {
    let count = lines.len();
    let input = input(state, domain, lines, RequestType::CloseAccount, dry_run)?;
    let closed = state.store().transact_with("accounts.close", input, |input, tx| {
        Box::pin(async move { close_all(input, tx).await })
    });
    match closed.await {
        // What was tried was undone.
        Err(Errors(errors)) if dry_run && errors.is_empty() => Ok(Changed {
            changed: count,
            unchanged: 0,
        }),
        Err(Errors(errors)) => Err(errors),
        Ok(closed) => {
            state.mail_queued();
            Ok(closed)
        }
    }
}

/// So that the transaction is undone.
struct Errors(LineErrors);

impl<E: Into<AccountsError>> From<E> for Errors {
    fn from(error: E) -> Self {
        Self(vec![(None, error.into())])
    }
}

fn input<T>(
    state: &AppState,
    domain: &Domain,
    lines: Vec<T>,
    request: RequestType,
    dry_run: bool,
) -> Result<Input<T>, LineErrors> {
    let all = |error| vec![(None, error)];
    if lines.len() > MAX_LINES {
        return Err(all(AccountsError::TooMany));
    }
    Ok(Input {
        state: state.clone(),
        domain: domain.clone(),
        lines,
        entry: entry(state, request).map_err(all)?,
        dry_run,
    })
}

async fn make_all(input: &Input<NewLine>, tx: &mut dyn UnitOfWork) -> Result<Changed, Errors> {
    let permit = organisation(tx, &input.domain).await?;
    let tenant = tx.tenant(&permit).await?.ok_or(Failure::Missing("tenant"))?;
    if !tenant.managed {
        return Err(AccountsError::Unmanaged(input.domain.clone()).into());
    }
    let domains = tx.domains(&permit).await?;
    let (mut done, mut errors, mut seen) = (Changed::default(), Vec::new(), BTreeSet::new());
    for (index, line) in input.lines.iter().enumerate() {
        let outcome = match () {
            () if !domains.contains(&line.address.domain()) => {
                Err(AccountsError::ForeignDomain(line.address.clone()))
            }
            () if !seen.insert(&line.address) => Err(AccountsError::Twice(line.address.clone())),
            () => make_one(input, tx, &permit, line).await,
        };
        match outcome {
            Ok(true) => done.changed += 1,
            Ok(false) => done.unchanged += 1,
            Err(AccountsError::Failed(failure)) => return Err(failure.into()),
            Err(error) => errors.push((Some(index), error)),
        }
    }
    finish(done, errors)
}

async fn make_one(
    input: &Input<NewLine>,
    tx: &mut dyn UnitOfWork,
    permit: &Permit,
    line: &NewLine,
) -> Result<bool, AccountsError> {
    let address = &line.address;
    if let Some(there) = tx.account_by_address(address).await? {
        return match there.tenant == permit.tenant() {
            true => Ok(false),
            false => Err(AccountsError::ForeignDomain(address.clone())),
        };
    }
    if tx.group(permit, address).await?.is_some() {
        return Err(AccountsError::Group(address.clone()));
    }
    if line.role == Role::Administrator {
        return Err(AccountsError::Administrator);
    }
    let display_name = names::display_name(Some(&line.name), None).map_err(|()| AccountsError::Name)?;
    if input.dry_run {
        return Ok(true);
    }
    let account = NewAccount {
        id: AccountId::generate(&mut input.state.randomness())?,
        role: line.role,
        address: address.clone(),
        display_name,
        created_at: input.entry.at,
    };
    if let AddressClaim::Taken(_) = tx.create_account(permit, &account).await? {
        return Err(AccountsError::ForeignDomain(address.clone()));
    }
    let entry = LogDraft {
        owner: Some(address.to_string()),
        owner_account: Some(account.id),
        ..input.entry.clone()
    };
    tx.append_log(permit, &entry).await?;
    Ok(true)
}

async fn close_all(input: &Input<(Address, Files)>, tx: &mut dyn UnitOfWork) -> Result<Changed, Errors> {
    let permit = organisation(tx, &input.domain).await?;
    let leaving: BTreeSet<&Address> = input.lines.iter().map(|(address, _)| address).collect();
    let (mut done, mut errors, mut seen) = (Changed::default(), Vec::new(), BTreeSet::new());
    for (index, (address, files)) in input.lines.iter().enumerate() {
        let leaves_too = |files: &Files| matches!(files, Files::HandOver(to) if leaving.contains(to));
        let outcome = match () {
            () if !seen.insert(address) => Err(AccountsError::Twice(address.clone())),
            () if leaves_too(files) => Err(AccountsError::NotClosed(CloseError::NoSuccessor)),
            () => close_one(input, tx, &permit, address, files).await,
        };
        match outcome {
            Ok(()) => done.changed += 1,
            Err(AccountsError::Failed(failure) | AccountsError::NotClosed(CloseError::Failed(failure))) => {
                return Err(failure.into());
            }
            Err(error) => errors.push((Some(index), error)),
        }
    }
    if input.dry_run && errors.is_empty() {
        return Err(Errors(Vec::new()));
    }
    finish(done, errors)
}

async fn close_one(
    input: &Input<(Address, Files)>,
    tx: &mut dyn UnitOfWork,
    permit: &Permit,
    address: &Address,
    files: &Files,
) -> Result<(), AccountsError> {
    let found = tx.account_by_address(address).await?;
    let is_here = |found: &Account| found.tenant == permit.tenant();
    let account = found
        .filter(is_here)
        .ok_or_else(|| AccountsError::Unknown(address.clone()))?;
    let addresses = tx.addresses(permit, account.id).await?;
    let ending = Ending {
        account: &account,
        addresses: &addresses,
        files,
        at: input.entry.at,
    };
    let successor = close_account::end(&input.state, tx, &ending)
        .await
        .map_err(AccountsError::NotClosed)?;
    let mut entry = LogDraft {
        account: Some(account.id),
        acting_as: Some(address.to_string()),
        ..input.entry.clone()
    };
    let told = |to, what| notice::prepare(&input.state, to, what, Language::default());
    let mut mails = vec![told(address, Notice::AccountClosed)?];
    if let (Files::HandOver(to), Some(successor)) = (files, successor) {
        entry.owner = Some(to.to_string());
        entry.owner_account = Some(successor);
        mails.push(told(to, Notice::FilesHandedOver)?);
    }
    tx.append_log(permit, &entry).await?;
    close_account::tell(tx, &mails).await?;
    Ok(())
}

fn finish(done: Changed, errors: LineErrors) -> Result<Changed, Errors> {
    match errors.is_empty() {
        true => Ok(done),
        false => Err(Errors(errors)),
    }
}
