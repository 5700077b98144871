//! One's factors.

use clausa_api::factor::{Factor, FactorKind, FactorList};
use clausa_store::permit::Action;
use clausa_store::record::factor::{self, FurtherFactor};

use super::FactorError;
use crate::state::AppState;
use crate::usecase::oneself::Oneself;

/// What an account has beside a mailed code.
///
/// # Errors
///
/// [`FactorError`].
pub async fn list(state: &AppState, oneself: &Oneself) -> Result<FactorList, FactorError> {
    let permit = oneself.permit(Action::StepUp)?;
    let id = oneself.actor.account;
    let (factors, recovery_codes, account) = state
        .store()
        .read("factor.list", move |tx| {
            Box::pin(async move {
                Ok::<_, FactorError>((
                    tx.factors(&permit, id).await?,
                    tx.count_recovery_codes(&permit, id).await?,
                    tx.account(&permit, id).await?,
                ))
            })
        })
        .await?;
    Ok(FactorList {
        factors: factors
            .into_iter()
            .filter(|factor| factor.confirmed_at.is_some())
            .map(seen)
            .collect(),
        recovery_codes,
        has_password: account.is_some_and(|account| account.has_password),
    })
}

fn seen(factor: FurtherFactor) -> Factor {
    Factor {
        id: factor.id.to_string(),
        kind: match factor.kind {
            factor::FactorKind::Totp => FactorKind::Totp,
            factor::FactorKind::Passkey => FactorKind::Passkey,
        },
        name: factor.name,
        created_at: factor.created_at.seconds(),
        last_used: factor.last_used_at.map(|at| at.seconds()),
    }
}
