//! Removing a factor, and new recovery codes.

use clausa_api::log::RequestType;
use clausa_store::permit::Action;
use clausa_store::record::ident::FactorId;
use zeroize::Zeroizing;

use super::{FactorError, draw_recovery_codes, mail_of, witness};
use crate::mail::texts::Notice;
use crate::state::AppState;
use crate::usecase::oneself::Oneself;
use crate::usecase::second_factor::is_asked_for;

/// Removes one of one's factors. With the last authenticator go the recovery codes.
///
/// # Errors
///
/// [`FactorError::Unknown`] when it is not one of one's own; [`Failure::StepUp`](crate::usecase::failure::Failure::StepUp)
/// without a fresh proof.
pub async fn remove(state: &AppState, oneself: &Oneself, factor: FactorId) -> Result<(), FactorError> {
    let mail = mail_of(state, oneself, Notice::FactorRemoved).await?;
    let input = (oneself.clone(), mail, state.now_micros());
    state
        .store()
        .for_tenant(oneself.tenant())
        .transact_with("factor.remove", input, move |(who, mail, now), tx| {
            Box::pin(async move {
                witness(who, tx, RequestType::RemoveFactor, mail, *now).await?;
                let (permit, account) = (who.permit(Action::ChangeFactors)?, who.actor.account);
                if !tx.remove_factor(&permit, account, factor).await? {
                    return Err(FactorError::Unknown);
                }
                if !tx.factors(&permit, account).await?.iter().any(is_asked_for) {
                    tx.put_recovery_codes(&permit, account, &[]).await?;
                }
                Ok(())
            })
        })
        .await?;
    state.mail_queued();
    Ok(())
}

/// Replaces one's recovery codes; the old ones work no more.
///
/// # Errors
///
/// [`FactorError::Unknown`] without an authenticator that they could stand for.
pub async fn new_recovery_codes(
    state: &AppState,
    oneself: &Oneself,
) -> Result<Vec<Zeroizing<String>>, FactorError> {
    let (shown, codes) = draw_recovery_codes(state, oneself)?;
    let mail = mail_of(state, oneself, Notice::RecoveryCodesMade).await?;
    let input = (oneself.clone(), mail, codes, state.now_micros());
    state
        .store()
        .for_tenant(oneself.tenant())
        .transact_with("factor.recovery-codes", input, |(who, mail, codes, now), tx| {
            Box::pin(async move {
                witness(who, tx, RequestType::AddFactor, mail, *now).await?;
                let (permit, account) = (who.permit(Action::ChangeFactors)?, who.actor.account);
                if !tx.factors(&permit, account).await?.iter().any(is_asked_for) {
                    return Err(FactorError::Unknown);
                }
                tx.put_recovery_codes(&permit, account, codes).await?;
                Ok(())
            })
        })
        .await?;
    state.mail_queued();
    Ok(shown)
}
