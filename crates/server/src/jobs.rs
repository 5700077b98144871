//! What the authority does by itself: it delivers mail, forgets what nobody needs any more,
//! signs for the log, and hands organisations over to those who have proven them.

pub mod deliver_mail;
pub mod purge;
pub mod sequence_log;
pub mod take_over;

use std::path::Path;

use clausa_core::address::InvalidAddress;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::mail::{OutboxFolder, RelayError, Sender, SmtpRelay, Transport};
use crate::state::AppState;

/// The running jobs.
pub struct Jobs {
    stop: watch::Sender<bool>,
    running: Vec<JoinHandle<()>>,
}

/// Mail cannot be set up as configured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MailSetupError {
    /// `mail.from` is not an address.
    #[error("mail.from is not an address")]
    From(#[source] InvalidAddress),
    /// The relay's settings do not fit.
    #[error("the mail relay cannot be used")]
    Relay(#[from] RelayError),
    /// The outbox folder cannot be made.
    #[error("the outbox folder cannot be made")]
    Outbox(#[source] std::io::Error),
}

impl Jobs {
    /// Starts every job. Without a relay, mails become files in the folder `outbox`.
    ///
    /// # Errors
    ///
    /// [`MailSetupError`]; nothing runs then.
    pub fn start(state: AppState, outbox: &Path) -> Result<Self, MailSetupError> {
        let transport = transport(&state, outbox)?;
        let (stop, stopped) = watch::channel(false);
        let running = vec![
            tokio::spawn(deliver_mail::run(state.clone(), transport, stopped.clone())),
            tokio::spawn(purge::run(state.clone(), stopped.clone())),
            tokio::spawn(take_over::run(state.clone(), stopped.clone())),
            tokio::spawn(sequence_log::run(state, stopped)),
        ];
        Ok(Self { stop, running })
    }

    /// Ends every job after what it is doing now.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for job in self.running {
            if let Err(error) = job.await {
                tracing::error!(%error, "a job ended badly");
            }
        }
    }
}

fn transport(state: &AppState, outbox: &Path) -> Result<Transport, MailSetupError> {
    let config = &state.config().mail;
    let sender = Sender::of(state.config()).map_err(MailSetupError::From)?;
    Ok(match &config.relay {
        Some(host) => Transport::Relay(Box::new(SmtpRelay::new(host, config, sender)?)),
        None => Transport::Folder(OutboxFolder::open(outbox).map_err(MailSetupError::Outbox)?),
    })
}
