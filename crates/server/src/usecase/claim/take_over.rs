//! What becomes of a claim when its delay is over.

use clausa_api::log::RequestType;
use clausa_core::id::TenantId;
use clausa_store::record::account::Account;
use clausa_store::record::claim::{Claim, ClaimState};
use clausa_store::record::ident::ClaimId;
use clausa_store::record::log::LogDraft;
use clausa_store::record::micros::Micros;
use clausa_store::repo::UnitOfWork;
use clausa_store::{Permit, SystemAct};

use super::{ClaimError, LABEL, value};
use crate::dns::{self, Sight};
use crate::state::AppState;
use crate::usecase::acting::LogResult;
use crate::usecase::failure::Failure;

/// A record that cannot be looked up again for so long is as good as gone.
const PATIENCE_SECONDS: u64 = 7 * 86_400;

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The claimant administers the tenant.
    Fulfilled,
    /// The record is gone, or the claimant or the domain is: nothing has changed.
    Lapsed,
    /// Too few resolvers answer: another time.
    Postponed,
    /// Somebody else has dealt with it.
    Over,
}

/// Looks for the record once more, and if it is still there makes the claimant administrator and the tenant managed, in
/// one transaction with the log entry. Whoever held the domain for a moment only gets nothing.
///
/// # Errors
///
/// [`ClaimError`].
pub async fn take_over(state: &AppState, tenant: TenantId, id: ClaimId) -> Result<Fate, ClaimError> {
    let system = Permit::system(SystemAct::TakeOver(tenant));
    let found = state
        .store()
        .read("claim.due", move |tx| {
            Box::pin(async move { Ok::<_, ClaimError>(tx.claim(&system, id).await?) })
        })
        .await?;
    let now = state.now_micros();
    let is_due =
        |claim: &Claim| claim.state == ClaimState::Proven && claim.due_at.is_some_and(|due| due <= now);
    let Some(claim) = found.filter(is_due) else {
        return Ok(Fate::Over);
    };
    let resolvers = &state.config().claims.resolvers;
    let seen = dns::look(resolvers, LABEL, &claim.domain, |text| {
        value::proves(&claim, tenant, text)
    })
    .await;
    let overdue = claim
        .due_at
        .is_some_and(|due| due.plus_seconds(PATIENCE_SECONDS) <= now);
    let still_there = match seen {
        Sight::Agreed => true,
        Sight::Absent => false,
        Sight::Divided | Sight::Unanswered if overdue => false,
        Sight::Divided | Sight::Unanswered => return Ok(Fate::Postponed),
    };
    state
        .store()
        .for_tenant(tenant)
        .transact_with(
            "claim.take-over",
            (claim, still_there),
            move |(claim, there), tx| Box::pin(async move { settle(tx, &system, claim, *there, now).await }),
        )
        .await
}

async fn settle(
    tx: &mut dyn UnitOfWork,
    system: &Permit,
    claim: &Claim,
    still_there: bool,
    now: Micros,
) -> Result<Fate, ClaimError> {
    let account = tx.account(system, claim.account).await?;
    let account = account.filter(Account::is_member);
    let addresses = tx.addresses(system, claim.account).await?;
    let has_domain = tx.domains(system).await?.contains(&claim.domain);
    let managed = tx
        .tenant(system)
        .await?
        .ok_or(Failure::Missing("tenant"))?
        .managed;
    if !still_there || account.is_none() || !has_domain || managed {
        return Ok(
            match tx.end_claim(system, claim.id, ClaimState::Lapsed, now).await? {
                true => Fate::Lapsed,
                false => Fate::Over,
            },
        );
    }
    if !tx.fulfil_claim(system, claim.id, now).await? {
        return Ok(Fate::Over);
    }
    let entry = LogDraft {
        at: now,
        request: RequestType::TakeOver.as_str().to_owned(),
        user: addresses.first().map(ToString::to_string).unwrap_or_default(),
        account: Some(claim.account),
        result: LogResult::Success.as_str().to_owned(),
        correlation: claim.id.to_string(),
        admin_action: true,
        ..LogDraft::default()
    };
    tx.append_log(system, &entry).await?;
    Ok(Fate::Fulfilled)
}
