//! The outbox.

use async_trait::async_trait;
use clausa_core::address::Address;

use crate::error::StoreError;
use crate::record::ident::MailId;
use crate::record::mail::{LeasedMail, Mail};
use crate::record::micros::Micros;

/// Mail that waits until a relay has taken it; queued in the same transaction as what it tells of.
#[async_trait]
pub trait Outbox {
    /// Queues a mail, due at once.
    async fn enqueue_mail(&mut self, mail: &Mail) -> Result<(), StoreError>;

    /// Takes up to `limit` mails that are due, oldest first, for `until`: nobody else gets them before then.
    async fn lease_mail(
        &mut self,
        now: Micros,
        until: Micros,
        limit: u32,
    ) -> Result<Vec<LeasedMail>, StoreError>;

    /// A relay has the mail: it is forgotten, text and all. False when somebody else had finished it.
    async fn mail_sent(&mut self, id: MailId) -> Result<bool, StoreError>;

    /// Sending failed: the mail is due again at `next`. `reason` is kept for the operator and must hold no address.
    async fn mail_failed(&mut self, id: MailId, next: Micros, reason: &str) -> Result<bool, StoreError>;

    /// When the next mail is due, if one waits.
    async fn next_mail_due(&mut self) -> Result<Option<Micros>, StoreError>;

    /// When the mails to `address` were written that wait, and until when they are tried; never what they say.
    async fn mails_waiting_for(&mut self, address: &Address) -> Result<Vec<(Micros, Micros)>, StoreError>;

    /// How many mails wait.
    async fn mails_waiting(&mut self) -> Result<u64, StoreError>;

    /// Forgets up to `limit` mails whose time to be sent is over. How many.
    async fn purge_mail(&mut self, now: Micros, limit: u32) -> Result<u64, StoreError>;
}
