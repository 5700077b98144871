//! Setting, changing and taking away one's password. A forgotten one is set the same way after signing in with a mailed
//! code, which is a fresh proof: there is no second way in whose rules could differ.

use clausa_api::log::RequestType;
use clausa_core::address::Address;
use clausa_core::random::RandomnessFailed;
use clausa_store::permit::Action;
use clausa_store::record::account::{Account, Role};
use clausa_store::record::mail::Mail;
use clausa_store::record::micros::Micros;
use clausa_store::record::secret::Secret;
use clausa_store::repo::UnitOfWork;
use clausa_store::{Denied, Permit, StoreError, SystemAct};
use zeroize::Zeroizing;

use super::acting::LogResult;
use super::failure::{Failure, failures};
use super::notice;
use super::oneself::Oneself;
use super::passwords::{self, HashError, PasswordRefusal};
use super::step_up::{self, Needed};
use crate::mail::texts::Notice;
use crate::state::AppState;

/// Why a password is not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangePasswordError {
    /// The new password breaks a rule.
    #[error("the password is refused")]
    Refused(PasswordRefusal),
    /// It cannot be hashed or looked up now.
    #[error("the password cannot be handled")]
    Hash(#[from] HashError),
    /// Something else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

failures!(ChangePasswordError: StoreError, RandomnessFailed, Denied);

struct Input {
    who: Oneself,
    hash: Option<Secret>,
    mail: Mail,
    now: Micros,
}

/// Sets one's password, or takes it away, and ends every other session, token and pending sign-in (`SEC-75`). The person
/// is told by mail. How many sessions ended.
///
/// # Errors
///
/// [`ChangePasswordError`]; [`Failure::StepUp`] without a fresh proof, which is asked before the password is looked at.
pub async fn change_password(
    state: &AppState,
    oneself: &Oneself,
    new: Option<Zeroizing<String>>,
) -> Result<u64, ChangePasswordError> {
    let now = state.now_micros();
    let who = oneself.clone();
    let (account, address) = state
        .store()
        .read_with("password.look", who, move |who, tx| {
            Box::pin(async move { look(who, tx, now).await })
        })
        .await?;
    let told = match (&new, account.has_password) {
        (None, _) => Notice::PasswordRemoved,
        (Some(_), true) => Notice::PasswordChanged,
        (Some(_), false) => Notice::PasswordSet,
    };
    let hash = match new {
        Some(new) => Some(hash(state, new, &account, &address).await?),
        None => None,
    };
    let input = Input {
        who: oneself.clone(),
        hash,
        mail: notice::prepare(state, &address, told, oneself.request.language)?,
        now,
    };
    let ended = state
        .store()
        .for_tenant(oneself.tenant())
        .transact_with("password.change", input, |input, tx| {
            Box::pin(async move { store(input, tx).await })
        })
        .await?;
    state.mail_queued();
    Ok(ended)
}

async fn look(
    who: &Oneself,
    tx: &mut dyn UnitOfWork,
    now: Micros,
) -> Result<(Account, Address), ChangePasswordError> {
    step_up::require(tx, &who.session, Needed::Fresh, now).await?;
    let permit = who.permit(Action::ChangePassword)?;
    let account = tx.account(&permit, who.actor.account).await?;
    let account = account.ok_or(Failure::Missing("account"))?;
    Ok((account, who.addresses(tx).await?.swap_remove(0)))
}

async fn hash(
    state: &AppState,
    new: Zeroizing<String>,
    account: &Account,
    address: &Address,
) -> Result<Secret, ChangePasswordError> {
    let name = account.display_name.as_deref().unwrap_or_default();
    let service = state.config().server.name.as_str();
    passwords::check_new(&new, &[address.as_str(), address.local(), name, service])
        .map_err(ChangePasswordError::Refused)?;
    let is_administrator = account.role == Role::Administrator;
    if state.passwords().is_breached(&new, is_administrator).await? {
        return Err(ChangePasswordError::Refused(PasswordRefusal::Breached));
    }
    let hash = state.passwords().hash(new, &mut state.randomness()).await?;
    Ok(Secret::new(hash.into_bytes()))
}

async fn store(input: &Input, tx: &mut dyn UnitOfWork) -> Result<u64, ChangePasswordError> {
    let Input { who, hash, mail, now } = input;
    // Asked again: the proof may have run out while the password was hashed, and the session may have ended.
    step_up::require(tx, &who.session, Needed::Fresh, *now).await?;
    let (permit, account) = (who.permit(Action::ChangePassword)?, who.actor.account);
    let system = Permit::system(SystemAct::SignIn(who.tenant()));
    tx.set_password_hash(&system, account, hash.as_ref()).await?;
    let ended = tx.end_other_sessions(&permit, account, who.session, *now).await?;
    let entry = who.log_entry(RequestType::ChangePassword, &mail.to, LogResult::Success, *now);
    tx.append_log(&permit, &entry).await?;
    tx.enqueue_mail(mail).await?;
    Ok(ended)
}
