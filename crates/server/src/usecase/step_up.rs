//! Step-up: dangerous acts ask that their person has shown who he is within the last minutes, in this very session
//! (`SEC-83`). A sign-in counts as showing it; afterwards it is shown again by [`show`].
//!
//! An act asks with [`require`] inside its own transaction, so that nothing happens between the answer and the act.

mod show;

use clausa_store::permit::Action;
use clausa_store::record::factor::{FactorKind, FurtherFactor};
use clausa_store::record::micros::Micros;
use clausa_store::record::proof::{Factor, Proof};
use clausa_store::record::session::SessionRef;
use clausa_store::repo::UnitOfWork;

pub use show::{Shown, show};

use super::failure::Failure;
use super::oneself::Oneself;
use super::second_factor;
use crate::state::AppState;

pub use clausa_api::step_up::FRESH_SECONDS;

/// How strong a proof an act asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// Any that signs the person in.
    Fresh,
    /// One that nobody can be talked out of on a false page: a passkey.
    PhishingResistant,
}

/// How one stands in one's session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The last proof.
    pub proof: Proof,
    /// True while it is fresh.
    pub fresh: bool,
    /// By what it can be shown again, the best first.
    pub ways: Vec<Factor>,
}

/// Asks that the person of `session` has shown who he is within [`FRESH_SECONDS`]. One function for every dangerous act.
///
/// # Errors
///
/// [`Failure::StepUp`] when he has not, or not strongly enough; or the store's failure.
pub async fn require(
    tx: &mut dyn UnitOfWork,
    session: &SessionRef,
    needed: Needed,
    now: Micros,
) -> Result<Proof, Failure> {
    let proof = tx.proof_of(session, now).await?.unwrap_or_default();
    let is_enough = match needed {
        Needed::Fresh => true,
        Needed::PhishingResistant => proof.by.contains(Factor::Passkey),
    };
    match is_fresh(&proof, now) && is_enough {
        true => Ok(proof),
        false => Err(Failure::StepUp(needed)),
    }
}

/// How the person stands in his session, and how he can show again who he is.
///
/// # Errors
///
/// [`Failure`].
pub async fn standing(state: &AppState, oneself: &Oneself) -> Result<Standing, Failure> {
    let (who, now) = (oneself.clone(), state.now_micros());
    state
        .store()
        .read_with("step-up.standing", who, move |who, tx| {
            Box::pin(async move { read_standing(who, tx, now).await })
        })
        .await
}

async fn read_standing(who: &Oneself, tx: &mut dyn UnitOfWork, now: Micros) -> Result<Standing, Failure> {
    let proof = tx.proof_of(&who.session, now).await?.unwrap_or_default();
    Ok(Standing {
        proof,
        fresh: is_fresh(&proof, now),
        ways: ways(who, tx).await?,
    })
}

/// By what somebody can show who he is, the best first.
async fn ways(who: &Oneself, tx: &mut dyn UnitOfWork) -> Result<Vec<Factor>, Failure> {
    let permit = who.permit(Action::StepUp)?;
    let factors = tx.factors(&permit, who.actor.account).await?;
    let is_passkey = |one: &FurtherFactor| one.kind == FactorKind::Passkey && one.confirmed_at.is_some();
    let passkey = factors
        .iter()
        .any(is_passkey)
        .then_some(Factor::Passkey)
        .into_iter();
    if factors.iter().any(second_factor::is_asked_for) {
        // What a password or a mail account gives away must not be enough for what the authenticator protects.
        return Ok(passkey.chain([Factor::Totp, Factor::RecoveryCode]).collect());
    }
    let account = tx.account(&permit, who.actor.account).await?;
    let has_password = account.is_some_and(|account| account.has_password);
    let password = has_password.then_some(Factor::Password);
    Ok(passkey.chain(password).chain([Factor::MailCode]).collect())
}

fn is_fresh(proof: &Proof, now: Micros) -> bool {
    // A clock that was set back makes no old proof fresh.
    proof.at <= now && now < proof.at.plus_seconds(FRESH_SECONDS)
}

#[cfg(test)]
mod tests {
    use clausa_store::record::micros::Micros;
    use clausa_store::record::proof::{Factors, Proof};

    use super::is_fresh;

    #[test]
    fn five_minutes_are_fresh() {
        let at = Micros::SECOND * 1_000;
        let fresh = |now: u64| {
            let proof = Proof {
                at: Micros(at),
                by: Factors::NONE,
            };
            is_fresh(&proof, Micros(now))
        };
        assert!(fresh(at) && fresh(at + 299 * Micros::SECOND));
        assert!(!fresh(at + 300 * Micros::SECOND) && !fresh(at - 1));
        assert!(!is_fresh(&Proof::default(), Micros(at)));
    }
}
