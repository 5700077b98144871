//! Looking for a claim's record; everybody is told when it is seen.

use clausa_api::log::RequestType;
use clausa_core::address::Address;
use clausa_store::permit::Action;
use clausa_store::record::claim::{Claim, ClaimState};
use clausa_store::record::ident::ClaimId;
use clausa_store::record::micros::Micros;
use clausa_store::repo::UnitOfWork;
use clausa_store::{Permit, SystemAct};

use super::describe::describe;
use super::{ClaimError, LABEL, permit, value};
use crate::dns::{self, Sight};
use crate::limits::Limited;
use crate::mail::texts::ClaimNotice;
use crate::state::AppState;
use crate::usecase::acting::LogResult;
use crate::usecase::failure::Failure;
use crate::usecase::limit;
use crate::usecase::notice;
use crate::usecase::oneself::Oneself;

/// Looks for the record of one of the caller's claims. When all vantage points see it, every active member of the
/// tenant is told by mail and the delay begins.
///
/// # Errors
///
/// [`ClaimError`], of which some ask to check again later.
pub async fn check(
    state: &AppState,
    who: &Oneself,
    id: ClaimId,
) -> Result<clausa_api::claim::Claim, ClaimError> {
    permit(who, Action::ClaimTenant)?;
    let config = &state.config().claims;
    if config.resolvers.is_empty() {
        return Err(ClaimError::Off);
    }
    limit::take_one(
        state,
        Limited::ClaimCheck,
        who.tenant(),
        state.config().limits.claim_checks_per_tenant,
    )
    .await?;
    let now = state.now_micros();
    let (claim, claimant, members) = state
        .store()
        .read_with("claim.look", (who.clone(), id, now), |(who, id, now), tx| {
            Box::pin(async move {
                let (claim, claimant) = waiting(who, *id, *now, tx).await?;
                let system = Permit::system(SystemAct::TakeOver(who.tenant()));
                Ok::<_, ClaimError>((claim, claimant, tx.member_addresses(&system).await?))
            })
        })
        .await?;
    let tenant = who.tenant();
    let seen = dns::look(&config.resolvers, LABEL, &claim.domain, |text| {
        value::proves(&claim, tenant, text)
    })
    .await;
    match seen {
        Sight::Agreed => {}
        Sight::Absent => return Err(ClaimError::Absent),
        Sight::Divided => return Err(ClaimError::Divided),
        Sight::Unanswered => return Err(ClaimError::Unanswered),
    }
    let now = state.now_micros();
    let due = now.plus_seconds(u64::from(config.delay_hours) * 3_600);
    let told = ClaimNotice::Proven {
        claimant: &claimant,
        domain: &claim.domain,
        due: due.timestamp(),
    };
    let mails = members
        .iter()
        .map(|member| notice::prepare_about_claim(state, member, told, who.request.language))
        .collect::<Result<Vec<_>, _>>()?;
    let input = (who.clone(), id, now, due, mails);
    let proven = state
        .store()
        .for_tenant(tenant)
        .transact_with("claim.prove", input, |(who, id, now, due, mails), tx| {
            Box::pin(async move {
                // Looked at again: it may have been disputed, or another one proven, while the resolvers were asked.
                let (claim, claimant) = waiting(who, *id, *now, tx).await?;
                let system = Permit::system(SystemAct::TakeOver(who.tenant()));
                if !tx.prove_claim(&system, *id, *now, *due).await? {
                    return Err(ClaimError::AnotherIsProven);
                }
                for mail in mails {
                    tx.enqueue_mail(mail).await?;
                }
                let entry = who.log_entry(RequestType::ProveDomain, &claimant, LogResult::Success, *now);
                tx.append_log(&system, &entry).await?;
                let claim = Claim {
                    state: ClaimState::Proven,
                    proven_at: Some(*now),
                    due_at: Some(*due),
                    ..claim
                };
                Ok(describe(&claim, &claimant, true))
            })
        })
        .await?;
    state.mail_queued();
    Ok(proven)
}

/// The caller's claim, if it waits for its record and may still be proven.
async fn waiting(
    who: &Oneself,
    id: ClaimId,
    now: Micros,
    tx: &mut dyn UnitOfWork,
) -> Result<(Claim, Address), ClaimError> {
    let permit = permit(who, Action::ClaimTenant)?;
    let claim = tx.claim(&permit, id).await?;
    let claim = claim.filter(|claim| claim.account == who.actor.account);
    let claim = claim.ok_or(ClaimError::Unknown)?;
    if tx
        .tenant(&permit)
        .await?
        .ok_or(Failure::Missing("tenant"))?
        .managed
    {
        return Err(ClaimError::Managed);
    }
    if claim.state != ClaimState::Waiting {
        return Err(ClaimError::NotWaiting(claim.state.as_str()));
    }
    if claim.expires_at <= now {
        return Err(ClaimError::NotWaiting(ClaimState::Lapsed.as_str()));
    }
    if !tx.domains(&permit).await?.contains(&claim.domain) {
        return Err(ClaimError::NotYourDomain {
            domain: claim.domain.to_string(),
        });
    }
    let others = tx.claims(&permit, u32::MAX).await?;
    if others.iter().any(|other| other.state == ClaimState::Proven) {
        return Err(ClaimError::AnotherIsProven);
    }
    Ok((claim, who.addresses(tx).await?.swap_remove(0)))
}
