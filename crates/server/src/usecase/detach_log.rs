//! Taking old entries out of the database, once they are in a file. The tree's hashes stay, so that proofs still work.

use clausa_core::id::TenantId;
use clausa_store::record::micros::Micros;
use clausa_store::{Permit, SystemAct};

use super::failure::Failure;
use crate::state::AppState;

/// Entries that one transaction removes; more would hold up everybody's writing.
const BATCH: u32 = 500;

/// The number of the last entry, among those in the tree, that was written before `before` microseconds since 1970; 0 when
/// none is left.
///
/// # Errors
///
/// [`Failure`].
pub async fn last_before(state: &AppState, tenant: TenantId, before: u64) -> Result<u64, Failure> {
    let permit = Permit::system(SystemAct::Housekeeping(tenant));
    let read = state.store().read("log.position", move |tx| {
        Box::pin(async move { Ok::<_, Failure>(tx.log_position(&permit, Micros(before)).await?) })
    });
    read.await
}

/// Removes the entries up to `last`; says how many those were. They must be in the tree and in a safe place.
///
/// # Errors
///
/// [`Failure`]; it may be called again then.
pub async fn remove(state: &AppState, tenant: TenantId, last: u64) -> Result<u64, Failure> {
    let permit = Permit::system(SystemAct::Housekeeping(tenant));
    let mut removed = 0;
    loop {
        let run = state.store().transact("log.detach", move |tx| {
            Box::pin(async move { Ok::<_, Failure>(tx.detach_log(&permit, last, BATCH).await?) })
        });
        match run.await? {
            0 => return Ok(removed),
            rows => removed += rows,
        }
    }
}
