//! Forgets what nobody needs any more: sign-ups that were never proven, used codes, old proofs, ended sessions.
//!
//! Each kind is cleared in small transactions, so that purging a large table never holds up a request.

use std::time::Duration;

use clausa_store::record::micros::Micros;
use clausa_store::{BoxFuture, StoreError, UnitOfWork};
use tokio::sync::watch;

use crate::state::AppState;

/// How often.
const EVERY: Duration = Duration::from_secs(600);
/// Rows of one kind that one transaction clears.
const LIMIT: u32 = 500;
/// Ended sessions and used codes are kept this long, so that a second use is still recognised for what it is.
const KEEP_SECONDS: u64 = 86_400;

/// Purges now and then until told to stop.
pub async fn run(state: AppState, mut stop: watch::Receiver<bool>) {
    loop {
        match round(&state).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "forgotten"),
            Err(error) => tracing::error!(%error, "old rows cannot be cleared"),
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Clears everything that is old now; says how many rows that were.
///
/// # Errors
///
/// When the store cannot be written.
pub async fn round(state: &AppState) -> Result<u64, StoreError> {
    let now = state.now_micros();
    let earlier = now.minus_seconds(KEEP_SECONDS);
    Ok(clear(state, "purge.signups", now, |tx, now| {
        Box::pin(tx.purge_signups(now, LIMIT))
    })
    .await?
        + clear(state, "purge.challenges", now, |tx, now| {
            Box::pin(tx.purge_challenges(now, LIMIT))
        })
        .await?
        + clear(state, "purge.pending-sign-ins", now, |tx, now| {
            Box::pin(tx.purge_pending_sign_ins(now, LIMIT))
        })
        .await?
        + clear(state, "purge.codes", earlier, |tx, now| {
            Box::pin(tx.purge_codes(now, LIMIT))
        })
        .await?
        + clear(state, "purge.proofs", now, |tx, now| {
            Box::pin(tx.purge_proofs(now, LIMIT))
        })
        .await?
        + clear(state, "purge.sessions", earlier, |tx, now| {
            Box::pin(tx.purge_sessions(now, LIMIT))
        })
        .await?
        + clear(state, "purge.mail", now, |tx, now| {
            Box::pin(tx.purge_mail(now, LIMIT))
        })
        .await?
        + clear(state, "purge.limits", now, |tx, now| {
            Box::pin(tx.purge_limits(now, LIMIT))
        })
        .await?)
}

async fn clear(
    state: &AppState,
    name: &'static str,
    before: Micros,
    purge: for<'t> fn(&'t mut dyn UnitOfWork, Micros) -> BoxFuture<'t, Result<u64, StoreError>>,
) -> Result<u64, StoreError> {
    let mut total = 0;
    loop {
        let rows = state.store().transact(name, move |tx| purge(tx, before)).await?;
        total += rows;
        if rows < u64::from(LIMIT) {
            return Ok(total);
        }
    }
}
