//! The outbox: mail waits in the database until a relay has taken it.

use clausa_core::address::Address;

use super::ident::MailId;
use super::micros::Micros;
use super::secret::Secret;

/// A mail to be sent.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The mail; also its `Message-ID`, so that a relay can tell a repetition.
    pub id: MailId,
    /// The canonical address it goes to (`SEC-77`).
    pub to: Address,
    /// The finished message; sealed in the database, because it may hold a code.
    pub message: Secret,
    /// When it was written.
    pub created_at: Micros,
    /// When sending is given up.
    pub expires_at: Micros,
}

/// A mail that this process has taken to send.
#[derive(Clone, Debug)]
pub struct LeasedMail {
    /// The mail.
    pub mail: Mail,
    /// How often sending has failed.
    pub attempts: u32,
    /// Until when nobody else takes it.
    pub leased_until: Micros,
}
