//! Mail: what is written ([`message`]), how it leaves ([`smtp`], [`outbox`]), and a small receiver ([`sink`]).
//!
//! A mail is never sent from a request. A use case queues it in the same transaction as the row it belongs to, and
//! [`crate::jobs::deliver_mail`] takes it from there, so an answer's time does not tell whether a mail was sent
//! (`SEC-80`) and a restart loses none.

pub mod message;
pub mod outbox;
pub mod sink;
pub mod smtp;
pub mod texts;

use clausa_core::address::Address;

pub use message::{Message, Sender};
pub use outbox::OutboxFolder;
pub use smtp::{RelayError, SmtpRelay};

/// Where mails go.
pub enum Transport {
    /// To an SMTP relay.
    Relay(Box<SmtpRelay>),
    /// Into a folder, one file a mail: the default on loopback.
    Folder(OutboxFolder),
}

/// A mail was not delivered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeliveryError {
    /// The relay will never take this mail.
    #[error("the mail relay refused the mail for good")]
    Refused(#[source] lettre::transport::smtp::Error),
    /// The relay cannot be reached or is busy.
    #[error("the mail relay did not take the mail")]
    Relay(#[source] lettre::transport::smtp::Error),
    /// The stored address is not an SMTP envelope address.
    #[error("the mail has no valid envelope")]
    Envelope(#[source] lettre::address::AddressError),
    /// The outbox folder cannot be written.
    #[error("the outbox folder cannot be written")]
    Folder(#[source] std::io::Error),
}

impl DeliveryError {
    /// True when trying again is useless.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Envelope(_))
    }

    /// What a trace may say of it: a relay's answer repeats the address, so only its status is shown.
    pub fn trace(&self) -> String {
        match self {
            Self::Refused(error) | Self::Relay(error) => match error.status() {
                Some(status) => format!("the relay answered {status}"),
                None => format!("{error:?}"),
            },
            other => format!("{other:?}"),
        }
    }
}

impl Transport {
    /// Hands one encoded mail over.
    ///
    /// # Errors
    ///
    /// [`DeliveryError`]; only a permanent one means that the mail can be forgotten.
    pub async fn deliver(&self, to: &Address, encoded: &[u8]) -> Result<(), DeliveryError> {
        match self {
            Self::Relay(relay) => relay.deliver(to, encoded).await,
            Self::Folder(folder) => folder.deliver(to, encoded).await,
        }
    }
}
