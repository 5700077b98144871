//! Hands organisations over to claimants whose delay is over.

use std::time::Duration;

use clausa_store::StoreError;
use tokio::sync::watch;

use crate::state::AppState;
use crate::usecase::claim::{self, Fate};

/// How often.
const EVERY: Duration = Duration::from_secs(60);
/// Claims that one round looks at.
const LIMIT: u32 = 32;

/// Looks now and then until told to stop.
pub async fn run(state: AppState, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(error) = round(&state).await {
            tracing::error!(%error, "claims cannot be looked at");
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Deals with every claim whose delay is over; says what became of each.
///
/// # Errors
///
/// When the store cannot be read. A single claim's trouble is logged and holds up no other.
pub async fn round(state: &AppState) -> Result<Vec<Fate>, StoreError> {
    let now = state.now_micros();
    let due = state
        .store()
        .read("claim.all-due", move |tx| {
            Box::pin(async move { tx.due_claims(now, LIMIT).await })
        })
        .await?;
    let mut fates = Vec::new();
    for (tenant, id) in due {
        match claim::take_over(state, tenant, id).await {
            Ok(fate) => {
                tracing::info!(%tenant, claim = %id, ?fate, "a claim's delay is over");
                fates.push(fate);
            }
            Err(error) => tracing::error!(%tenant, claim = %id, %error, "a claim cannot be settled"),
        }
    }
    Ok(fates)
}
