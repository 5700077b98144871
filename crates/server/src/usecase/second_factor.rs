//! The second factor of a sign-in. Every way in passes [`gate`]; an account with an authenticator leaves it with a ticket
//! instead of a session, and [`check`] exchanges ticket and code for the sign-in (`SEC-160`).

use clausa_core::id::AccountId;
use clausa_store::record::account::AccountState;
use clausa_store::record::factor::{FactorKind, FurtherFactor, PendingSignIn};
use clausa_store::record::hash::TicketHash;
use clausa_store::record::micros::Micros;
use clausa_store::record::proof::{Factor, Proof};
use clausa_store::repo::UnitOfWork;
use clausa_store::{Permit, SystemAct};

use super::failure::Failure;
use super::limit;
use super::notice;
use super::recovery_codes::RecoveryCode;
use super::sign_in::{SignInError, SignedIn};
use super::tokens::Ticket;
use super::totp;
use crate::limits::Limited;
use crate::mail::texts::Notice;
use crate::state::AppState;
use crate::texts::Language;

/// How long the second factor may take.
const SECONDS: u64 = 300;
/// Wrong codes that may be typed for one sign-in.
const TRIES: u8 = 5;

/// Lets somebody through whose first factor was right, or hands him a ticket for the second: then the refusal is the
/// inner result, to be returned as an `Ok` of the transaction. `holder` is whoever signs in: the thumbprint of a client's
/// key, or the hash of a browser's cookie.
///
/// # Errors
///
/// [`SignInError`] of the store or of randomness.
pub async fn gate(
    state: &AppState,
    tx: &mut dyn UnitOfWork,
    who: SignedIn,
    holder: &[u8; 32],
) -> Result<Result<SignedIn, SignInError>, SignInError> {
    let factors = tx.factors(&who.permit(), who.account).await?;
    if !factors.iter().any(is_asked_for) {
        return Ok(Ok(who));
    }
    let (ticket, now) = (Ticket::generate(&mut state.randomness())?, state.now_micros());
    let pending = PendingSignIn {
        ticket: ticket.hash(),
        tenant: who.tenant,
        account: who.account,
        address: who.address,
        holder: *holder,
        proof: who.proof,
        tries_left: TRIES,
        created_at: now,
        expires_at: now.plus_seconds(SECONDS),
    };
    tx.create_pending_sign_in(&pending).await?;
    Ok(Err(SignInError::SecondFactor {
        ticket: ticket.expose().to_owned(),
    }))
}

/// Exchanges a ticket and a code, of the authenticator or of the recovery codes, for the sign-in. Return a refusal as an
/// `Ok` of the transaction: the try it cost must be kept.
///
/// # Errors
///
/// The store's failure; refusals are in the inner result.
pub async fn check(
    state: &AppState,
    tx: &mut dyn UnitOfWork,
    ticket: &str,
    holder: &[u8; 32],
    typed: &str,
    language: Language,
) -> Result<Result<SignedIn, SignInError>, SignInError> {
    let (ticket, now): (TicketHash, _) = (Ticket::hash_of(ticket), state.now_micros());
    let Some(pending) = tx.try_pending_sign_in(&ticket, holder, now).await? else {
        return Ok(Err(SignInError::CodeVoid));
    };
    let permit = Permit::system(SystemAct::SignIn(pending.tenant));
    let account = tx.account(&permit, pending.account).await?;
    if account.is_none_or(|account| account.state != AccountState::Active) {
        return Ok(Err(SignInError::Refused));
    }
    let factor = match verify(state, tx, &permit, pending.account, typed).await? {
        Ok(factor) => factor,
        // The last try voids the ticket: there is nothing left to try.
        Err(SignInError::CodeWrong { .. }) if pending.tries_left == 0 => {
            return Ok(Err(SignInError::CodeVoid));
        }
        Err(SignInError::CodeWrong { .. }) => {
            let tries_left = pending.tries_left;
            return Ok(Err(SignInError::CodeWrong { tries_left }));
        }
        Err(other) => return Ok(Err(other)),
    };
    if !tx.end_pending_sign_in(&ticket).await? {
        return Ok(Err(SignInError::CodeVoid));
    }
    if factor == Factor::RecoveryCode {
        tx.enqueue_mail(&notice::prepare(
            state,
            &pending.address,
            Notice::RecoveryCodeUsed,
            language,
        )?)
        .await?;
    }
    Ok(Ok(SignedIn {
        account: pending.account,
        tenant: pending.tenant,
        address: pending.address,
        proof: Proof {
            at: now,
            by: pending.proof.by.and(factor),
        },
    }))
}

/// Checks a typed code against an account's authenticators or its recovery codes, and uses it up. Codes of six digits
/// could be guessed, so that few may be tried in a day; recovery codes cannot.
///
/// # Errors
///
/// The store's failure; refusals are in the inner result.
pub(super) async fn verify(
    state: &AppState,
    tx: &mut dyn UnitOfWork,
    permit: &Permit,
    account: AccountId,
    typed: &str,
) -> Result<Result<Factor, SignInError>, SignInError> {
    let now = state.now_micros();
    let wrong = SignInError::CodeWrong { tries_left: 0 };
    if totp::digits(typed).is_none() {
        let Some(code) = RecoveryCode::parse(typed) else {
            return Ok(Err(wrong));
        };
        let mac = code.mac(state.code_key(), account);
        let is_right = tx.use_recovery_code(permit, account, &mac).await?;
        return Ok(is_right.then_some(Factor::RecoveryCode).ok_or(wrong));
    }
    let bucket = state.config().limits.second_factor_per_account.into();
    if let Some(refused) = limit::take(tx, Limited::SecondFactor, account, bucket, now).await? {
        return Ok(Err(refused.into()));
    }
    for factor in tx
        .factors(permit, account)
        .await?
        .iter()
        .filter(|one| is_asked_for(one))
    {
        if uses(tx, permit, factor, typed, now).await? {
            tx.refill(&Limited::SecondFactor.key(account)).await?;
            return Ok(Ok(Factor::Totp));
        }
    }
    Ok(Err(wrong))
}

/// True when the typed code is the authenticator's of about now, and was not used before.
async fn uses(
    tx: &mut dyn UnitOfWork,
    permit: &Permit,
    factor: &FurtherFactor,
    typed: &str,
    now: Micros,
) -> Result<bool, Failure> {
    let Some(step) = totp::step_of(factor.secret.expose(), typed, now.seconds(), factor.counter) else {
        return Ok(false);
    };
    Ok(tx
        .use_factor(permit, factor.account, factor.id, step, now)
        .await?)
}

/// True for a factor without which nobody signs in with a password or a mailed code.
pub(super) fn is_asked_for(factor: &FurtherFactor) -> bool {
    factor.kind == FactorKind::Totp && factor.confirmed_at.is_some()
}
