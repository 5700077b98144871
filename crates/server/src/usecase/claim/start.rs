//! Beginning a claim.

use clausa_api::log::RequestType;
use clausa_core::address::Domain;
use clausa_store::permit::Action;
use clausa_store::record::claim::{Claim, ClaimScope, ClaimState};
use clausa_store::record::ident::ClaimId;
use clausa_store::repo::UnitOfWork;

use super::value::Bound;
use super::{CLAIM_SECONDS, ClaimError, RecordValue, permit};
use crate::state::AppState;
use crate::usecase::acting::LogResult;
use crate::usecase::failure::Failure;
use crate::usecase::oneself::Oneself;
use crate::usecase::step_up::{self, Needed};

/// A claim that waits for its record.
pub struct Started {
    /// The claim.
    pub claim: clausa_api::claim::Claim,
    /// Name of the record.
    pub record_name: String,
    /// Its value, which is told this once.
    pub value: RecordValue,
}

/// Begins a claim to administer the caller's tenant, which has to have `domain`. It takes the place of earlier ones of
/// his that still wait.
///
/// # Errors
///
/// [`ClaimError`]; [`Failure::StepUp`] without a fresh proof of identity.
pub async fn start(state: &AppState, who: &Oneself, domain: &str) -> Result<Started, ClaimError> {
    if state.config().claims.resolvers.is_empty() {
        return Err(ClaimError::Off);
    }
    permit(who, Action::ClaimTenant)?;
    let not_yours = || ClaimError::NotYourDomain {
        domain: domain.chars().filter(|c| !c.is_control()).take(255).collect(),
    };
    let domain: Domain = domain.parse().map_err(|_| not_yours())?;
    let value = RecordValue::generate(&mut state.randomness())?;
    let now = state.now_micros();
    let bound = Bound {
        tenant: who.tenant(),
        account: who.actor.account,
        domain: &domain,
        scope: ClaimScope::Domain,
    };
    let claim = Claim {
        id: ClaimId::generate(&mut state.randomness())?,
        account: who.actor.account,
        scope: ClaimScope::Domain,
        value: value.hash(&bound),
        state: ClaimState::Waiting,
        created_at: now,
        expires_at: now.plus_seconds(CLAIM_SECONDS),
        proven_at: None,
        due_at: None,
        ended_at: None,
        domain,
    };
    let record_name = format!("{}.{}", super::LABEL, claim.domain);
    let told = state
        .store()
        .for_tenant(who.tenant())
        .transact_with("claim.start", (who.clone(), claim), |(who, claim), tx| {
            Box::pin(async move { store(who, claim, tx).await })
        })
        .await?;
    Ok(Started {
        claim: told,
        record_name,
        value,
    })
}

async fn store(
    who: &Oneself,
    claim: &Claim,
    tx: &mut dyn UnitOfWork,
) -> Result<clausa_api::claim::Claim, ClaimError> {
    let permit = permit(who, Action::ClaimTenant)?;
    step_up::require(tx, &who.session, Needed::Fresh, claim.created_at).await?;
    let tenant = tx.tenant(&permit).await?.ok_or(Failure::Missing("tenant"))?;
    if tenant.managed {
        return Err(ClaimError::Managed);
    }
    if !tx.domains(&permit).await?.contains(&claim.domain) {
        return Err(ClaimError::NotYourDomain {
            domain: claim.domain.to_string(),
        });
    }
    let address = who.addresses(tx).await?.swap_remove(0);
    tx.create_claim(&permit, claim).await?;
    let entry = who.log_entry(
        RequestType::ClaimDomain,
        &address,
        LogResult::Success,
        claim.created_at,
    );
    tx.append_log(&permit, &entry).await?;
    Ok(super::describe::describe(claim, &address, true))
}
