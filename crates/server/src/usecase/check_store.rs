//! Whether the store takes what has to be written.

use std::time::Duration;

use clausa_store::StoreError;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::state::AppState;

/// How long an answer holds. Whoever asks costs no more than this, however often it is asked.
const HOLDS: Duration = Duration::from_secs(3);
/// A store that takes longer takes nothing.
const PATIENCE: Duration = Duration::from_secs(2);

/// What was found out last, and when.
#[derive(Debug, Default)]
pub struct Readiness(Mutex<Option<(Instant, bool)>>);

/// Whether something small could be written and taken away again: a database that is full or read-only still answers, and
/// is of no use, because no key leaves without its record.
pub async fn is_writable(state: &AppState) -> bool {
    let mut last = state.readiness().0.lock().await;
    if let Some((at, answer)) = *last
        && at.elapsed() < HOLDS
    {
        return answer;
    }
    let probe = state
        .store()
        .transact::<(), StoreError, _>("probe", |tx| Box::pin(async move { tx.probe().await }));
    let answer = match timeout(PATIENCE, probe).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(%error, "the database takes no writes");
            false
        }
        Err(_) => {
            tracing::warn!("the database takes too long to write");
            false
        }
    };
    *last = Some((Instant::now(), answer));
    answer
}
