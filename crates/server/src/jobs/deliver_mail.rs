//! Takes queued mail to the relay or the outbox folder.
//!
//! A mail is leased before it is sent, so that two nodes do not send it twice, and forgotten when the relay has it.
//! What fails is tried again at growing distances until the mail's own end; a code is worthless after 15 minutes.

use std::time::Duration;

use clausa_store::StoreError;
use clausa_store::record::mail::LeasedMail;
use clausa_store::record::micros::Micros;
use futures_util::future::try_join_all;
use tokio::sync::watch;

use crate::mail::Transport;
use crate::state::AppState;
use crate::traces::{self, Kind, Span};

/// How many mails one round takes.
const BATCH: u32 = 16;
/// How long a leased mail is nobody else's: longer than a relay may take to time out, and short enough that a mail
/// leased by a process that died still arrives in time.
const LEASE_SECONDS: u64 = 60;
/// Waiting time after the first failure; it doubles each time.
const FIRST_RETRY_SECONDS: u64 = 5;
/// Longest waiting time between two tries.
const LONGEST_RETRY_SECONDS: u64 = 300;
/// The queue is looked at this often even if nobody has called: another node may have queued a mail.
const LOOK: Duration = Duration::from_secs(15);

/// Delivers until told to stop.
pub async fn run(state: AppState, transport: Transport, mut stop: watch::Receiver<bool>) {
    loop {
        match round(&state, &transport).await {
            Ok(BATCH_FULL) if !*stop.borrow() => continue,
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "mail queue cannot be read"),
        }
        let pause = pause(&state).await;
        tokio::select! {
            () = state.mail_waiting() => {}
            () = tokio::time::sleep(pause) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

const BATCH_FULL: usize = BATCH as usize;

/// Sends what is due, at most one batch; says how many mails that were.
///
/// # Errors
///
/// When the queue cannot be read or written. A mail that cannot be sent is not an error.
pub async fn round(state: &AppState, transport: &Transport) -> Result<usize, StoreError> {
    let now = state.now_micros();
    let until = now.plus_seconds(LEASE_SECONDS);
    let leased = state
        .store()
        .transact("mail.lease", move |tx| {
            Box::pin(async move { tx.lease_mail(now, until, BATCH).await })
        })
        .await?;
    // Side by side, so that a slow relay holds up a batch no longer than one mail.
    try_join_all(leased.iter().map(|mail| send(state, transport, mail))).await?;
    Ok(leased.len())
}

async fn send(state: &AppState, transport: &Transport, leased: &LeasedMail) -> Result<(), StoreError> {
    let (trace, root) = state.traces().begin(state, "deliver mail", None, None).unzip();
    let result = traces::within(trace, send_in_trace(state, transport, leased)).await;
    drop::<Option<Span>>(root);
    result
}

async fn send_in_trace(
    state: &AppState,
    transport: &Transport,
    leased: &LeasedMail,
) -> Result<(), StoreError> {
    let id = leased.mail.id;
    let mut relay = traces::span("hand over mail").kind(Kind::Client);
    let delivered = transport
        .deliver(&leased.mail.to, leased.mail.message.expose())
        .await;
    if delivered.is_err() {
        relay.failed();
    }
    drop(relay);
    match delivered {
        Ok(()) => {
            tracing::info!(mail = %id, "mail delivered");
            forget(state, id).await
        }
        Err(error) if error.is_permanent() => {
            tracing::warn!(mail = %id, %error, "mail refused for good");
            forget(state, id).await
        }
        Err(error) => {
            let reason = error.to_string();
            tracing::warn!(mail = %id, attempts = leased.attempts + 1, cause = error.trace(), "mail not delivered yet");
            let next = state.now_micros().plus_seconds(retry_seconds(leased.attempts));
            state
                .store()
                .transact_with("mail.failed", reason, move |reason, tx| {
                    Box::pin(async move { tx.mail_failed(id, next, reason).await.map(|_| ()) })
                })
                .await
        }
    }
}

async fn forget(state: &AppState, id: clausa_store::record::ident::MailId) -> Result<(), StoreError> {
    state
        .store()
        .transact("mail.sent", move |tx| {
            Box::pin(async move { tx.mail_sent(id).await.map(|_| ()) })
        })
        .await
}

/// Until the next mail is due, at most [`LOOK`].
async fn pause(state: &AppState) -> Duration {
    let due = state
        .store()
        .read("mail.due", |tx| Box::pin(async move { tx.next_mail_due().await }))
        .await;
    match due {
        Ok::<_, StoreError>(Some(Micros(due))) => {
            Duration::from_micros(due.saturating_sub(state.now_micros().0))
                .clamp(Duration::from_millis(50), LOOK)
        }
        Ok(None) | Err(_) => LOOK,
    }
}

fn retry_seconds(failures: u32) -> u64 {
    FIRST_RETRY_SECONDS
        .saturating_mul(1 << failures.min(10))
        .min(LONGEST_RETRY_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::retry_seconds;

    #[test]
    fn tries_grow_apart_up_to_a_limit() {
        let waits: Vec<u64> = (0..8).map(retry_seconds).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(retry_seconds(u32::MAX), 300);
    }
}
