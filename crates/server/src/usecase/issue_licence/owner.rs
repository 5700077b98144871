//! Whether the caller is the owner whom a file's policy names, when accounts were closed.

use clausa_core::address::Address;
use clausa_core::policy::Policy;
use clausa_store::record::micros::Micros;
use clausa_store::repo::UnitOfWork;

use super::super::failure::Failure;
use super::super::recognise::{self, Known};
use super::super::succession::owner_mac;
use super::Request;

/// False when [`addresses_for`] would change nothing: no account of the file's tenant was ever closed, and the owner is none of
/// another tenant's.
pub(super) fn may_differ(request: &Request, known: &Known, policy: &Policy, own: &[Address]) -> bool {
    match request.caller().actor.tenant == known.tenant.id {
        true => known.tenant.successions > 0,
        false => own.contains(&policy.owner),
    }
}

/// The caller's addresses as the decision about this file takes them. An owner's address whose account was closed since the
/// file was published stands for its successor, and for nobody who has the address now.
pub(super) async fn addresses_for(
    request: &Request,
    tx: &mut dyn UnitOfWork,
    known: &Known,
    policy: &Policy,
    mut own: Vec<Address>,
) -> Result<Vec<Address>, Failure> {
    let Request {
        state,
        permit,
        licence,
        ..
    } = request;
    let actor = &request.caller().actor;
    let is_own_tenant = actor.tenant == known.tenant.id;
    let former = match is_own_tenant {
        true => recognise::former_owner(state, tx, permit, &known.tenant, licence, policy).await?,
        // The owner is of another tenant, where his account was closed.
        false if own.contains(&policy.owner) => {
            let at = Micros::from(licence.licence().issued_at());
            let owner = owner_mac(state, &policy.owner);
            tx.succession(permit, actor.tenant, &owner, at).await?
        }
        false => None,
    };
    if let Some(former) = former {
        own.retain(|address| *address != policy.owner);
        if is_own_tenant && former.successor == Some(actor.account) {
            own.push(policy.owner.clone());
        }
    }
    Ok(own)
}
