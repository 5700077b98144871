//! One's own further factors: authenticators, passkeys, recovery codes. Whatever changes them asks for a fresh proof, is
//! logged, and is told by mail.

mod add_totp;
mod list;
mod remove;

use clausa_api::log::RequestType;
use clausa_core::random::RandomnessFailed;
use clausa_store::permit::Action;
use clausa_store::record::hash::RecoveryCodeMac;
use clausa_store::record::mail::Mail;
use clausa_store::record::micros::Micros;
use clausa_store::repo::UnitOfWork;
use clausa_store::{Denied, StoreError};
use zeroize::Zeroizing;

pub use add_totp::{AddedTotp, BegunTotp, begin_totp, confirm_totp};
pub use list::list;
pub use remove::{new_recovery_codes, remove};

use super::acting::LogResult;
use super::failure::{Failure, failures};
use super::notice;
use super::oneself::Oneself;
use super::recovery_codes::{self, RecoveryCode};
use super::step_up::{self, Needed};
use crate::mail::texts::Notice;
use crate::state::AppState;

/// Factors of one account.
pub(super) const MOST: usize = 20;
/// Longest name, in characters.
const LONGEST_NAME: usize = 100;

/// Why a factor is not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FactorError {
    /// The name is empty, too long, or has control characters.
    #[error("a name has 1 to 100 printable characters")]
    NameRefused,
    /// There are enough of them.
    #[error("there are as many factors as an account may have")]
    TooMany,
    /// The code is not the authenticator's.
    #[error("the code is wrong")]
    CodeWrong,
    /// What a passkey answered does not verify.
    #[error("the passkey's answer does not verify: {0}")]
    PasskeyRefused(&'static str),
    /// There is no such factor.
    #[error("there is no such factor")]
    Unknown,
    /// Something else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

failures!(FactorError: StoreError, RandomnessFailed, Denied);

/// Reads a factor's name.
pub(super) fn name(text: &str) -> Result<String, FactorError> {
    let name = text.trim();
    let fits = (1..=LONGEST_NAME).contains(&name.chars().count());
    match fits && !name.chars().any(char::is_control) {
        true => Ok(name.to_owned()),
        false => Err(FactorError::NameRefused),
    }
}

/// What every change of factors does beside the change: asks for a fresh proof, logs, tells by mail.
pub(super) async fn witness(
    who: &Oneself,
    tx: &mut dyn UnitOfWork,
    request: RequestType,
    mail: &Mail,
    now: Micros,
) -> Result<(), FactorError> {
    step_up::require(tx, &who.session, Needed::Fresh, now).await?;
    let entry = who.log_entry(request, &mail.to, LogResult::Success, now);
    tx.append_log(&who.permit(Action::ChangeFactors)?, &entry).await?;
    tx.enqueue_mail(mail).await?;
    Ok(())
}

/// The mail to one's first address that tells of `notice`, for somebody with a fresh proof.
pub(super) async fn mail_of(state: &AppState, who: &Oneself, notice: Notice) -> Result<Mail, FactorError> {
    let input = (who.clone(), state.now_micros());
    let address = state
        .store()
        .read_with("factor.address", input, |(who, now), tx| {
            Box::pin(async move {
                // Nothing is prepared for whoever may not go on.
                step_up::require(tx, &who.session, Needed::Fresh, *now).await?;
                Ok::<_, FactorError>(who.addresses(tx).await?.swap_remove(0))
            })
        })
        .await?;
    Ok(notice::prepare(state, &address, notice, who.request.language)?)
}

/// Recovery codes and what is stored of them.
pub(super) fn draw_recovery_codes(
    state: &AppState,
    who: &Oneself,
) -> Result<(Vec<Zeroizing<String>>, Vec<RecoveryCodeMac>), FactorError> {
    let mut rng = state.randomness();
    let (mut shown, mut stored) = (Vec::new(), Vec::new());
    for _ in 0..recovery_codes::COUNT {
        let code = RecoveryCode::generate(&mut rng)?;
        stored.push(code.mac(state.code_key(), who.actor.account));
        shown.push(code.grouped());
    }
    Ok((shown, stored))
}
