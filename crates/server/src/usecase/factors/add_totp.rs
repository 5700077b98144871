//! Adding an authenticator: first its secret, then its first code, from which on it is asked for.

use clausa_api::log::RequestType;
use clausa_core::id::AccountId;
use clausa_store::permit::Action;
use clausa_store::record::factor::{FactorKind, FurtherFactor};
use clausa_store::record::hash::RecoveryCodeMac;
use clausa_store::record::ident::FactorId;
use clausa_store::record::mail::Mail;
use clausa_store::record::micros::Micros;
use clausa_store::record::secret::Secret;
use clausa_store::repo::UnitOfWork;
use zeroize::Zeroizing;

use super::{FactorError, MOST, draw_recovery_codes, mail_of, name, witness};
use crate::mail::texts::Notice;
use crate::state::AppState;
use crate::usecase::oneself::Oneself;
use crate::usecase::second_factor::is_asked_for;
use crate::usecase::step_up::{self, Needed};
use crate::usecase::totp;

/// An authenticator that has not shown a code yet.
pub struct BegunTotp {
    /// Names it.
    pub id: FactorId,
    /// The secret as people type it.
    pub secret: Zeroizing<String>,
    /// The secret as an authenticator reads it from a picture.
    pub uri: Zeroizing<String>,
}

/// An authenticator that is asked for from now on.
pub struct AddedTotp {
    /// New recovery codes, when there were none yet.
    pub recovery_codes: Vec<Zeroizing<String>>,
    /// Sessions that ended.
    pub ended: u64,
}

struct Confirming {
    who: Oneself,
    factor: FactorId,
    typed: String,
    codes: Vec<RecoveryCodeMac>,
    mail: Mail,
    now: Micros,
}

/// Draws an authenticator's secret. One that was begun before and never confirmed is forgotten.
///
/// # Errors
///
/// [`FactorError`]; [`Failure::StepUp`](crate::usecase::failure::Failure::StepUp) without a fresh proof.
pub async fn begin_totp(state: &AppState, oneself: &Oneself, text: &str) -> Result<BegunTotp, FactorError> {
    let (id, secret) = {
        let mut rng = state.randomness();
        (FactorId::generate(&mut rng)?, totp::generate(&mut rng)?)
    };
    let factor = FurtherFactor {
        id,
        account: oneself.actor.account,
        kind: FactorKind::Totp,
        name: name(text)?,
        secret: Secret::new(secret.to_vec()),
        counter: 0,
        created_at: state.now_micros(),
        confirmed_at: None,
        last_used_at: None,
    };
    let who = oneself.clone();
    let address = state
        .store()
        .for_tenant(oneself.tenant())
        .transact_with("factor.begin-totp", (who, factor), |(who, factor), tx| {
            Box::pin(async move {
                step_up::require(tx, &who.session, Needed::Fresh, factor.created_at).await?;
                let permit = who.permit(Action::ChangeFactors)?;
                let known = tx.factors(&permit, factor.account).await?;
                let is_begun =
                    |one: &&FurtherFactor| one.kind == FactorKind::Totp && one.confirmed_at.is_none();
                for begun in known.iter().filter(is_begun) {
                    tx.remove_factor(&permit, factor.account, begun.id).await?;
                }
                if known.iter().filter(|one| one.confirmed_at.is_some()).count() >= MOST {
                    return Err(FactorError::TooMany);
                }
                tx.add_factor(&permit, factor).await?;
                Ok(who.addresses(tx).await?.swap_remove(0))
            })
        })
        .await?;
    Ok(BegunTotp {
        id,
        secret: totp::text(&secret),
        uri: totp::uri(&state.config().server.name, address.as_str(), &secret),
    })
}

/// Takes the authenticator's first code: from now on it is asked for at every sign-in, and every other session, which
/// came without it, ends (`SEC-75`).
///
/// # Errors
///
/// [`FactorError::CodeWrong`] when the code is not of about now; the secret stays, so that it can be tried again.
pub async fn confirm_totp(
    state: &AppState,
    oneself: &Oneself,
    factor: FactorId,
    typed: &str,
) -> Result<AddedTotp, FactorError> {
    let (shown, codes) = draw_recovery_codes(state, oneself)?;
    let input = Confirming {
        who: oneself.clone(),
        factor,
        typed: typed.to_owned(),
        codes,
        mail: mail_of(state, oneself, Notice::AuthenticatorAdded).await?,
        now: state.now_micros(),
    };
    let (ended, is_first) = state
        .store()
        .for_tenant(oneself.tenant())
        .transact_with("factor.confirm-totp", input, |input, tx| {
            Box::pin(async move { confirm(input, tx).await })
        })
        .await?;
    state.mail_queued();
    Ok(AddedTotp {
        recovery_codes: if is_first { shown } else { Vec::new() },
        ended,
    })
}

async fn confirm(input: &Confirming, tx: &mut dyn UnitOfWork) -> Result<(u64, bool), FactorError> {
    let Confirming { who, factor, now, .. } = input;
    let (permit, account): (_, AccountId) = (who.permit(Action::ChangeFactors)?, who.actor.account);
    witness(who, tx, RequestType::AddFactor, &input.mail, *now).await?;
    let known = tx.factors(&permit, account).await?;
    let waits = |one: &&FurtherFactor| {
        one.id == *factor && one.kind == FactorKind::Totp && one.confirmed_at.is_none()
    };
    let begun = known.iter().find(waits).ok_or(FactorError::Unknown)?;
    let step = totp::step_of(begun.secret.expose(), &input.typed, now.seconds(), 0);
    let step = step.ok_or(FactorError::CodeWrong)?;
    if !tx.confirm_factor(&permit, account, *factor, step, *now).await? {
        return Err(FactorError::Unknown);
    }
    let is_first = !known.iter().any(is_asked_for);
    if is_first {
        tx.put_recovery_codes(&permit, account, &input.codes).await?;
    }
    let ended = tx.end_other_sessions(&permit, account, who.session, *now).await?;
    Ok((ended, is_first))
}
