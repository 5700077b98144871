//! The outbox in SQL.

use async_trait::async_trait;
use clausa_core::address::Address;

use super::{Row, Session, SqlUnit, values};
use crate::error::StoreError;
use crate::record::ident::MailId;
use crate::record::mail::{LeasedMail, Mail};
use crate::record::micros::Micros;
use crate::repo::Outbox;
use crate::sealed::Place;

#[async_trait]
impl<S: Session> Outbox for SqlUnit<'_, S> {
    async fn enqueue_mail(&mut self, mail: &Mail) -> Result<(), StoreError> {
        let message = self.seal(message_of(&[mail.id.as_bytes()]), &mail.message)?;
        self.execute(
            INSERT,
            values![mail.id, mail.to, message, mail.created_at, mail.expires_at],
        )
        .await?;
        Ok(())
    }

    async fn lease_mail(
        &mut self,
        now: Micros,
        until: Micros,
        limit: u32,
    ) -> Result<Vec<LeasedMail>, StoreError> {
        let rows = self.rows(LEASE, values![now, until, limit]).await?;
        let mut leased = rows
            .into_iter()
            .map(|row| self.read_mail(row, until))
            .collect::<Result<Vec<_>, _>>()?;
        // An engine may return the rows of an update in any order.
        leased.sort_by_key(|leased| (leased.mail.created_at, leased.mail.id));
        Ok(leased)
    }

    async fn mail_sent(&mut self, id: MailId) -> Result<bool, StoreError> {
        self.changes(SENT, values![id]).await
    }

    async fn mail_failed(&mut self, id: MailId, next: Micros, reason: &str) -> Result<bool, StoreError> {
        self.changes(FAILED, values![id, next, reason]).await
    }

    async fn next_mail_due(&mut self) -> Result<Option<Micros>, StoreError> {
        let row = self.row(NEXT_DUE, values![]).await?;
        row.map_or(Ok(None), |mut row| row.next("outbox.due_at"))
    }

    async fn mails_waiting_for(&mut self, address: &Address) -> Result<Vec<(Micros, Micros)>, StoreError> {
        let rows = self.rows(WAITING_FOR, values![address]).await?;
        rows.into_iter()
            .map(|mut row| Ok((row.next("outbox.created_at")?, row.next("outbox.expires_at")?)))
            .collect()
    }

    async fn mails_waiting(&mut self) -> Result<u64, StoreError> {
        let row = self.row(WAITING, values![]).await?;
        row.map_or(Ok(0), |mut row| row.next("outbox count"))
    }

    async fn purge_mail(&mut self, now: Micros, limit: u32) -> Result<u64, StoreError> {
        self.execute(PURGE, values![now, limit]).await
    }
}

impl<S: Session> SqlUnit<'_, S> {
    fn read_mail(&self, mut row: Row, until: Micros) -> Result<LeasedMail, StoreError> {
        let id: MailId = row.next("outbox.mail")?;
        let to = row.next("outbox.recipient")?;
        let sealed: Vec<u8> = row.next("outbox.message")?;
        Ok(LeasedMail {
            mail: Mail {
                id,
                to,
                message: self.open(message_of(&[id.as_bytes()]), &sealed)?,
                created_at: row.next("outbox.created_at")?,
                expires_at: row.next("outbox.expires_at")?,
            },
            attempts: row.next("outbox.attempts")?,
            leased_until: until,
        })
    }
}

fn message_of<'a>(row: &'a [&'a [u8]]) -> Place<'a> {
    Place {
        table: "outbox",
        row,
        column: "message",
    }
}

const WAITING_FOR: &str =
    "SELECT created_at, expires_at FROM outbox WHERE recipient = $1 ORDER BY created_at, mail LIMIT 1000";
const WAITING: &str = "SELECT COUNT(*) FROM outbox";
const INSERT: &str = "INSERT INTO outbox (mail, recipient, message, created_at, expires_at, due_at, attempts) \
     VALUES ($1, $2, $3, $4, $5, $4, 0)";
/// The outer condition repeats the inner one, so that of two takers at once only one gets a mail.
const LEASE: &str = "UPDATE outbox SET due_at = $2 WHERE due_at <= $1 AND mail IN \
     (SELECT mail FROM outbox WHERE due_at <= $1 AND expires_at > $1 ORDER BY due_at, mail LIMIT $3) \
     RETURNING mail, recipient, message, created_at, expires_at, attempts";
const SENT: &str = "DELETE FROM outbox WHERE mail = $1";
const FAILED: &str =
    "UPDATE outbox SET due_at = $2, attempts = attempts + 1, last_failure = $3 WHERE mail = $1";
/// A mail whose next try would come after its end is not tried any more.
const NEXT_DUE: &str = "SELECT MIN(due_at) FROM outbox WHERE due_at < expires_at";
const PURGE: &str =
    "DELETE FROM outbox WHERE mail IN (SELECT mail FROM outbox WHERE expires_at <= $1 LIMIT $2)";
