//! Who is signed in.

use clausa_api::identity::{Identity, Plan};
use clausa_store::permit::Action;
use clausa_store::record::tenant;
use clausa_store::{Actor, Permit};

use super::failure::Failure;
use crate::request::Caller;
use crate::state::AppState;

/// What the caller's own account looks like.
///
/// # Errors
///
/// [`Failure`].
pub async fn read_identity(state: &AppState, caller: &Caller) -> Result<Identity, Failure> {
    of(
        state,
        &caller.actor,
        caller.permit_for_self(Action::ReadIdentity)?,
    )
    .await
}

/// What the account of somebody looks like who may see it.
pub(super) async fn of(state: &AppState, actor: &Actor, permit: Permit) -> Result<Identity, Failure> {
    let actor = *actor;
    let (account, addresses, tenant) = state
        .store()
        .read("read identity", move |tx| {
            Box::pin(async move {
                let account = tx
                    .account(&permit, actor.account)
                    .await?
                    .ok_or(Failure::Missing("account"))?;
                let addresses = tx.addresses(&permit, actor.account).await?;
                let tenant = tx.tenant(&permit).await?.ok_or(Failure::Missing("tenant"))?;
                Ok::<_, Failure>((account, addresses, tenant))
            })
        })
        .await?;
    Ok(Identity {
        account: account.id,
        addresses,
        display_name: account.display_name,
        tenant: tenant.id,
        organisation: (!tenant.personal).then_some(tenant.name),
        managed: tenant.managed,
        plan: match tenant.plan {
            tenant::Plan::Individual => Plan::Individual,
            tenant::Plan::Organisation => Plan::Organisation,
        },
        device: actor.device,
    })
}
