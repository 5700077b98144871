//! Puts new entries of every tenant's log into its tree and signs checkpoints.
//!
//! Each node does it; the transaction takes the tenant's tree as a lock, so that two never sign for different trees of
//! one size. A tenant gets a new checkpoint after a minute, or a thousand entries.

use std::time::Duration;

use clausa_core::id::TenantId;
use clausa_store::StoreError;
use clausa_store::record::micros::Micros;
use futures_util::future::join_all;
use tokio::sync::watch;

use crate::state::AppState;
use crate::usecase::log_tree;

/// An entry is in a signed tree this many seconds after it was written, if nothing is wrong.
const CHECKPOINT_SECONDS: u64 = 60;
/// So many new entries are not kept waiting.
const MANY: u64 = 1_000;
/// How often the logs are looked at.
const LOOK: Duration = Duration::from_secs(5);
/// How long a stopping authority may still sign.
const LAST_PATIENCE: Duration = Duration::from_secs(3);
/// Tenants that are listed at once.
const PAGE: u32 = 256;
/// Tenants at once: they share commits, and more would hold up the requests that share them too.
const AT_ONCE: usize = 4;

/// Sequences until told to stop.
pub async fn run(state: AppState, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(error) = round(&state).await {
            tracing::error!(%error, "logs cannot be looked at");
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = stop.wait_for(|stop| *stop) => break,
        }
    }
    // Whoever stops an authority finds everything signed for, unless that would take long.
    let last = tokio::time::timeout(LAST_PATIENCE, round_over(&state, Micros(u64::MAX)));
    if !matches!(last.await, Ok(Ok(_))) {
        tracing::warn!("some logs end with entries that are not signed for yet");
    }
}

/// Gives every tenant a checkpoint who is due for one; says how many those are.
///
/// # Errors
///
/// When the store cannot be read. A single tenant's trouble is logged and holds up no other.
pub async fn round(state: &AppState) -> Result<usize, StoreError> {
    round_over(state, state.now_micros().minus_seconds(CHECKPOINT_SECONDS - 1)).await
}

/// The same for every tenant whose last checkpoint was signed before `before`.
async fn round_over(state: &AppState, before: Micros) -> Result<usize, StoreError> {
    let mut after: Option<TenantId> = None;
    let mut signed = 0;
    loop {
        let behind = state
            .store()
            .read("log.behind", move |tx| {
                Box::pin(async move { tx.logs_behind(after, MANY, before, PAGE).await })
            })
            .await?;
        let Some(last) = behind.last() else {
            return Ok(signed);
        };
        after = Some(last.tenant);
        for behind in behind.chunks(AT_ONCE) {
            let grown = behind.iter().map(|behind| log_tree::grow(state, behind.tenant));
            for (outcome, behind) in join_all(grown).await.into_iter().zip(behind) {
                match outcome {
                    Ok(_) => signed += 1,
                    Err(error) => {
                        tracing::error!(tenant = %behind.tenant, %error, "a log cannot be put into its tree");
                    }
                }
            }
        }
    }
}
