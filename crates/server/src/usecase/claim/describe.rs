//! Claims as they are told.

use clausa_core::address::Address;
use clausa_store::permit::Action;
use clausa_store::record::claim::Claim;
use clausa_store::repo::UnitOfWork;
use clausa_store::{Permit, SystemAct};

use super::{ClaimError, permit};
use crate::state::AppState;
use crate::usecase::failure::Failure;
use crate::usecase::oneself::Oneself;

/// So many of the newest are told.
const LISTED: u32 = 50;

pub(super) fn describe(claim: &Claim, claimant: &Address, own: bool) -> clausa_api::claim::Claim {
    clausa_api::claim::Claim {
        id: claim.id.to_string(),
        domain: claim.domain.to_string(),
        state: claim.state.as_str().to_owned(),
        claimant: claimant.to_string(),
        own,
        created_at: claim.created_at.seconds(),
        expires_at: claim.expires_at.seconds(),
        due_at: claim.due_at.map(|due| due.seconds()),
    }
}

/// The caller's claims, and those of others that were proven: every member was told of these by mail.
///
/// # Errors
///
/// [`ClaimError`].
pub async fn list(state: &AppState, who: &Oneself) -> Result<Vec<clausa_api::claim::Claim>, ClaimError> {
    state
        .store()
        .read_with("claim.list", who.clone(), |who, tx| {
            Box::pin(async move {
                let permit = permit(who, Action::ReadClaims)?;
                let mut told = Vec::new();
                for claim in tx.claims(&permit, LISTED).await? {
                    let own = claim.account == who.actor.account;
                    if own || claim.proven_at.is_some() {
                        let claimant = claimant(tx, who, &claim).await?;
                        told.push(describe(&claim, &claimant, own));
                    }
                }
                Ok(told)
            })
        })
        .await
}

/// The claimant's address, as the members were told it.
pub(super) async fn claimant(
    tx: &mut dyn UnitOfWork,
    who: &Oneself,
    claim: &Claim,
) -> Result<Address, Failure> {
    let permit = Permit::system(SystemAct::TakeOver(who.tenant()));
    let mut addresses = tx.addresses(&permit, claim.account).await?;
    match addresses.is_empty() {
        true => Err(Failure::Missing("address of a claimant")),
        false => Ok(addresses.swap_remove(0)),
    }
}
