//! Ending a claim: its claimant gives it up, or any member objects. What is over stays over; whoever still wants to
//! administer the organisation begins anew, with another record, another notice and another delay.

use clausa_api::log::RequestType;
use clausa_store::permit::Action;
use clausa_store::record::claim::{Claim, ClaimState};
use clausa_store::record::ident::ClaimId;

use super::describe::claimant;
use super::{ClaimError, permit};
use crate::mail::texts::ClaimNotice;
use crate::state::AppState;
use crate::usecase::acting::LogResult;
use crate::usecase::notice;
use crate::usecase::oneself::Oneself;

/// Gives up one of one's own claims.
///
/// # Errors
///
/// [`ClaimError`].
pub async fn cancel(state: &AppState, who: &Oneself, id: ClaimId) -> Result<(), ClaimError> {
    end(state, who, id, Action::ClaimTenant, ClaimState::Cancelled).await
}

/// Objects to somebody else's claim that is in its delay. One objection is enough, and needs no fresh proof of
/// identity: stopping is the safe side. The claimant is told.
///
/// # Errors
///
/// [`ClaimError`].
pub async fn dispute(state: &AppState, who: &Oneself, id: ClaimId) -> Result<(), ClaimError> {
    end(state, who, id, Action::DisputeClaim, ClaimState::Disputed).await
}

async fn end(
    state: &AppState,
    who: &Oneself,
    id: ClaimId,
    action: Action,
    to: ClaimState,
) -> Result<(), ClaimError> {
    permit(who, action)?;
    let input = (state.clone(), who.clone(), id, action, to, state.now_micros());
    state
        .store()
        .for_tenant(who.tenant())
        .transact_with("claim.end", input, |(state, who, id, action, to, now), tx| {
            Box::pin(async move {
                let permit = permit(who, *action)?;
                let claim = tx.claim(&permit, *id).await?;
                let claim = claim.filter(|claim| is_for(who, *action, claim));
                let claim = claim.ok_or(ClaimError::Unknown)?;
                if !tx.end_claim(&permit, *id, *to, *now).await? {
                    return Err(ClaimError::NotWaiting(claim.state.as_str()));
                }
                let own = who.addresses(tx).await?.swap_remove(0);
                let entry = who.log_entry(RequestType::StopClaim, &own, LogResult::Success, *now);
                tx.append_log(&permit, &entry).await?;
                if *action == Action::DisputeClaim {
                    let told = ClaimNotice::Disputed {
                        domain: &claim.domain,
                    };
                    let to = claimant(tx, who, &claim).await?;
                    let mail = notice::prepare_about_claim(state, &to, told, who.request.language)?;
                    tx.enqueue_mail(&mail).await?;
                }
                Ok::<_, ClaimError>(())
            })
        })
        .await?;
    state.mail_queued();
    Ok(())
}

/// One gives up one's own and objects to others'; what was not proven yet concerns nobody else.
fn is_for(who: &Oneself, action: Action, claim: &Claim) -> bool {
    let own = claim.account == who.actor.account;
    match action {
        Action::DisputeClaim => !own && claim.proven_at.is_some(),
        _ => own,
    }
}
