//! The log in SQL.

use async_trait::async_trait;

use super::{Row, Session, SqlUnit, values};
use crate::error::StoreError;
use crate::permit::{Action, LogScope, Permit};
use crate::record::log::{LogDraft, LogEntry, LogFilter};
use crate::record::log_tree::LogEvidence;
use crate::record::micros::Micros;
use crate::repo::Log;
use crate::tree::leaf::{Salts, commitments, leaf};

#[async_trait]
impl<S: Session> Log for SqlUnit<'_, S> {
    async fn append_log(&mut self, permit: &Permit, entry: &LogDraft) -> Result<u64, StoreError> {
        // The position is taken by the transaction that writes the entry, and given back with it: no gaps.
        let head = self.row(NEXT, values![permit.tenant(), entry.at]).await?;
        let mut head = head.ok_or(StoreError::Corrupt {
            what: "log_heads.length",
        })?;
        let sequence: u64 = head.next("log_heads.length")?;
        let at: Micros = head.next("log_heads.written_at")?;
        let seed = self.random()?;
        let commitments = commitments(entry, &Salts::derive(&seed));
        let leaf = leaf(permit.tenant(), sequence, at, entry, &commitments);
        self.execute(
            APPEND,
            values![
                permit.tenant(),
                sequence,
                at,
                entry.request,
                entry.user,
                entry.account,
                entry.result,
                entry.correlation,
                entry.content,
                entry.owner,
                entry.owner_account,
                entry.issuer,
                entry.template,
                entry.file_name,
                entry.published_at,
                entry.rights,
                entry.client_info,
                entry.client_ip,
                entry.admin_action,
                entry.acting_as,
                seed,
                leaf
            ],
        )
        .await?;
        Ok(sequence)
    }

    async fn log(&mut self, permit: &Permit, filter: &LogFilter) -> Result<Vec<LogEntry>, StoreError> {
        let evidence = self.evidence(permit, filter).await?;
        Ok(evidence.into_iter().map(|evidence| evidence.entry).collect())
    }
}

impl<S: Session> SqlUnit<'_, S> {
    /// The entries that the permit shows, with what their leaves are computed from.
    pub(super) async fn evidence(
        &mut self,
        permit: &Permit,
        filter: &LogFilter,
    ) -> Result<Vec<LogEvidence>, StoreError> {
        permit.covers(&[Action::ReadLog, Action::ExportAccount])?;
        let LogFilter {
            content,
            after,
            limit,
        } = *filter;
        let tenant = permit.tenant();
        let rows = match (permit.log_scope(), content) {
            (LogScope::Tenant, None) => self.rows(ALL, values![tenant, after, limit]).await?,
            (LogScope::Tenant, Some(content)) => {
                self.rows(OF_CONTENT, values![tenant, after, limit, content])
                    .await?
            }
            (LogScope::Own(account), None) => self.rows(OWN, values![tenant, after, limit, account]).await?,
            (LogScope::Own(account), Some(content)) => {
                self.rows(OWN_OF_CONTENT, values![tenant, after, limit, content, account])
                    .await?
            }
        };
        rows.into_iter().map(read_evidence).collect()
    }
}

fn read_evidence(mut row: Row) -> Result<LogEvidence, StoreError> {
    Ok(LogEvidence {
        entry: read(&mut row)?,
        salts: row.next("log.salts")?,
        leaf: row.next("log.leaf")?,
        erased: row.next("log.erased")?,
    })
}

fn read(row: &mut Row) -> Result<LogEntry, StoreError> {
    Ok(LogEntry {
        sequence: row.next("log.sequence")?,
        entry: LogDraft {
            at: row.next("log.written_at")?,
            request: row.next("log.request")?,
            user: row.next("log.user_name")?,
            account: row.next("log.account")?,
            result: row.next("log.result")?,
            correlation: row.next("log.correlation")?,
            content: row.next("log.content")?,
            owner: row.next("log.owner")?,
            owner_account: row.next("log.owner_account")?,
            issuer: row.next("log.issuer")?,
            template: row.next("log.template")?,
            file_name: row.next("log.file_name")?,
            published_at: row.next("log.published_at")?,
            rights: row.next("log.rights")?,
            client_info: row.next("log.client_info")?,
            client_ip: row.next("log.client_ip")?,
            admin_action: row.next("log.admin_action")?,
            acting_as: row.next("log.acting_as")?,
        },
    })
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT sequence, written_at, request, user_name, account, result, correlation, content, owner, \
             owner_account, issuer, template, file_name, published_at, rights, client_info, client_ip, \
             admin_action, acting_as, salts, leaf, erased FROM log WHERE tenant = $1 AND sequence > $2 ",
            $rest,
            " ORDER BY sequence LIMIT $3"
        )
    };
}

/// The clock of a tenant's log never goes back, whatever the machine's does.
const NEXT: &str = "INSERT INTO log_heads (tenant, length, written_at) VALUES ($1, 1, $2) \
     ON CONFLICT (tenant) DO UPDATE SET length = log_heads.length + 1, written_at = \
     CASE WHEN excluded.written_at > log_heads.written_at THEN excluded.written_at ELSE log_heads.written_at END \
     RETURNING length, written_at";
const APPEND: &str = "INSERT INTO log (tenant, sequence, written_at, request, user_name, account, result, \
     correlation, content, owner, owner_account, issuer, template, file_name, published_at, rights, client_info, \
     client_ip, admin_action, acting_as, salts, leaf) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)";
const ALL: &str = select!("");
const OF_CONTENT: &str = select!("AND content = $4");
/// Ordered index scans of at most one page each, of one's acts, one's files and those that came from closed accounts, so that one person's page does not cost the whole log.
const OWN: &str = select!(
    "AND sequence IN (\
     SELECT sequence FROM (SELECT sequence FROM log WHERE tenant = $1 AND account = $4 AND sequence > $2 \
     ORDER BY sequence LIMIT $3) AS acts \
     UNION SELECT sequence FROM (SELECT sequence FROM log WHERE tenant = $1 AND owner_account = $4 \
     AND sequence > $2 ORDER BY sequence LIMIT $3) AS files \
     UNION SELECT sequence FROM (SELECT l.sequence FROM successions s JOIN log l ON l.tenant = s.tenant \
     AND l.owner_account = s.account WHERE s.tenant = $1 AND s.successor = $4 AND l.sequence > $2 \
     ORDER BY l.sequence LIMIT $3) AS inherited)"
);
const OWN_OF_CONTENT: &str = select!(
    "AND content = $4 AND (account = $5 OR owner_account = $5 \
     OR owner_account IN (SELECT s.account FROM successions s WHERE s.tenant = $1 AND s.successor = $5))"
);
