//! Closing one's own account.

use clausa_api::log::RequestType;
use clausa_core::address::Address;
use clausa_store::permit::Action;
use clausa_store::record::mail::Mail;
use clausa_store::record::micros::Micros;
use clausa_store::repo::UnitOfWork;
use clausa_store::{Permit, SystemAct};

use super::{CloseError, Ending, Files, end, tell};
use crate::mail::texts::Notice;
use crate::state::AppState;
use crate::usecase::acting::LogResult;
use crate::usecase::failure::Failure;
use crate::usecase::forget::{self, Person};
use crate::usecase::notice;
use crate::usecase::oneself::Oneself;
use crate::usecase::step_up::{self, Needed};

/// What was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The address that it had.
    pub address: Address,
    /// Log entries out of which the person was taken, when that was asked for.
    pub forgotten: Option<u64>,
}

struct Input {
    state: AppState,
    who: Oneself,
    typed: String,
    files: Files,
    erase: bool,
    now: Micros,
}

/// Closes one's own account: everything that is signed in ends, and the address is free. `typed` is the address once more.
/// The person is told by mail, and so is the successor. With `erase`, what names the person is forgotten as well.
///
/// # Errors
///
/// [`CloseError`]; [`Failure::StepUp`] without a fresh proof. After [`CloseError::Forget`] the account is closed, and the
/// operator can have the rest forgotten.
pub async fn close_own(
    state: &AppState,
    oneself: &Oneself,
    typed: &str,
    files: Files,
    erase: bool,
) -> Result<Closed, CloseError> {
    let input = Input {
        state: state.clone(),
        who: oneself.clone(),
        typed: typed.trim().to_owned(),
        files,
        erase,
        now: state.now_micros(),
    };
    let (person, address) = state
        .store()
        .for_tenant(oneself.tenant())
        .transact_with("account.close", input, move |input, tx| {
            Box::pin(async move { store(input, tx).await })
        })
        .await?;
    let forgotten = match erase {
        true => {
            let report = forget::forget(state, &person, "")
                .await
                .map_err(CloseError::Forget)?;
            let mail = [told(state, &address, Notice::AccountClosed, oneself)?];
            let queued = state.store().transact_with("account.told", mail, |mail, tx| {
                Box::pin(async move { Ok::<_, Failure>(tell(tx, mail).await?) })
            });
            queued.await?;
            Some(report.entries)
        }
        false => None,
    };
    state.mail_queued();
    Ok(Closed { address, forgotten })
}

async fn store(input: &Input, tx: &mut dyn UnitOfWork) -> Result<(Person, Address), CloseError> {
    let Input {
        state,
        who,
        typed,
        files,
        erase,
        now,
    } = input;
    let permit = who.permit(Action::CloseAccount)?;
    step_up::require(tx, &who.session, Needed::Fresh, *now).await?;
    let addresses = who.addresses(tx).await?;
    let typed: Option<Address> = typed.parse().ok();
    if !typed.is_some_and(|typed| addresses.contains(&typed)) {
        return Err(CloseError::OtherAddress);
    }
    let account = tx.account(&permit, who.actor.account).await?;
    let account = account.ok_or(Failure::Missing("account"))?;
    let ending = Ending {
        account: &account,
        addresses: &addresses,
        files,
        at: *now,
    };
    let successor = end(state, tx, &ending).await?;
    let address = addresses
        .first()
        .ok_or(Failure::Missing("address of an account"))?;
    let mut entry = who.log_entry(RequestType::CloseAccount, address, LogResult::Success, *now);
    let mut mails: Vec<Mail> = Vec::new();
    // Forgetting takes the mails that wait along.
    if !erase {
        mails.push(told(state, address, Notice::AccountClosed, who)?);
    }
    if let (Files::HandOver(to), Some(successor)) = (files, successor) {
        // So that the entry is in the successor's log as well.
        entry.owner = Some(to.to_string());
        entry.owner_account = Some(successor);
        mails.push(told(state, to, Notice::FilesHandedOver, who)?);
    }
    let system = Permit::system(SystemAct::CloseAccount(who.tenant()));
    tx.append_log(&system, &entry).await?;
    tell(tx, &mails).await?;
    let address = address.clone();
    Ok((Person::of(&account, &addresses), address))
}

fn told(state: &AppState, to: &Address, told: Notice, who: &Oneself) -> Result<Mail, Failure> {
    notice::prepare(state, to, told, who.request.language)
}
