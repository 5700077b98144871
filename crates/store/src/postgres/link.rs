//! A connection with what is known about the transaction on it.
//!
//! What has to be said before a statement (that the transaction begins, whose rows it is about) travels as one message
//! before the first statement that needs it, so that a transaction about one tenant costs two messages more than its
//! statements: this one and the commit.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::time::Duration;

use async_trait::async_trait;
use clausa_core::id::TenantId;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{
    AssertSqlSafe, Connection as _, PgConnection, Row as _, SqlSafeStr, TypeInfo as _, ValueRef as _,
};

use super::failure::{loses_transaction, translate};
use crate::error::StoreError;
use crate::sql::{Cell, Row, Scope, Session, Value};

/// A transaction that writes. Whatever the statements are, the outcome is that of some order of the transactions.
pub(super) const WRITE: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE";
/// A transaction that reads one state of the database.
pub(super) const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// The next one's turn.
const YIELD: &str = "; SELECT pg_advisory_unlock_all()";

/// How long a commit or a rollback is waited for. A network that swallows everything would be waited for much longer.
const REPLY: Duration = Duration::from_secs(12);

/// What the database was told last about whose rows the transaction is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Nobody,
    Tenant(TenantId),
    Directory,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => Ok(()),
            Self::Tenant(tenant) => tenant
                .as_bytes()
                .iter()
                .try_for_each(|byte| write!(f, "{byte:02x}")),
            Self::Directory => f.write_str("ff"),
        }
    }
}

/// A connection.
pub(super) struct Link {
    connection: PgConnection,
    tells_outcomes: bool,
    /// To be said before the next statement.
    unsaid: String,
    begun: bool,
    mark: Mark,
    /// The mark outside of transactions, which glances leave.
    standing: Mark,
    /// Statements stand for themselves, outside of a transaction.
    glancing: bool,
    /// The mark to which the savepoint leads back.
    saved: Mark,
    /// The first failure since it was last asked for.
    failure: Option<StoreError>,
    /// A statement is under way. Still so when its future was dropped.
    speaking: bool,
    /// Something was written since this was watched.
    written: bool,
    /// The transaction's number, for asking what became of it.
    number: Option<Number>,
}

/// What became of a transaction whose commit was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Committed,
    Aborted,
    /// It is under way, or was too long ago.
    Unknown,
    /// It cannot be found out any more.
    Lost,
}

/// The number of a transaction, and in which life of the database it was given. One that crashes forgets numbers of which it
/// had written nothing yet, and gives them again.
#[derive(Clone, Debug)]
pub(super) struct Number {
    transaction: String,
    life: String,
}

/// When the server was started, and where its last recovery ended: after a crash at least one of them is another.
macro_rules! life {
    () => {
        "EXTRACT(EPOCH FROM pg_postmaster_start_time())::text || ' ' || COALESCE(pg_last_wal_replay_lsn()::text, '')"
    };
}

impl Link {
    pub(super) fn new(connection: PgConnection, tells_outcomes: bool) -> Self {
        Self {
            connection,
            tells_outcomes,
            unsaid: String::new(),
            begun: false,
            mark: Mark::Nobody,
            standing: Mark::Nobody,
            glancing: false,
            saved: Mark::Nobody,
            failure: None,
            speaking: false,
            written: false,
            number: None,
        }
    }

    /// Begins a transaction, with the first statement.
    pub(super) fn begin(&mut self, how: &'static str) {
        how.clone_into(&mut self.unsaid);
        self.reset();
        if self.standing != Mark::Nobody {
            // Whoever the last glance was about is nobody's business here.
            self.unsaid.push_str("; SET LOCAL clausa.tenant = ''");
        }
    }

    /// Lets the statements that follow stand for themselves: each sees a state of its own, and nothing is begun or ended.
    pub(super) fn glance(&mut self) {
        self.unsaid.clear();
        self.reset();
        self.mark = self.standing;
        self.glancing = true;
    }

    /// Whether a glance about this needs nothing said before.
    pub(super) fn stands_for(&self, mark: Mark) -> bool {
        self.standing == mark
    }

    /// Begins a transaction that writes, with the first statement, when it is these tenants' turn: their transactions on
    /// other nodes would collide with it, so they wait for each other before any of them looks at the database. Nothing
    /// but time hangs on that.
    pub(super) fn begin_in_turn(&mut self, tenants: &BTreeSet<TenantId>) {
        self.unsaid.clear();
        for tenant in tenants {
            let (number, _) = tenant.as_bytes().split_at(8);
            let number = number
                .iter()
                .fold(0_i64, |number, byte| (number << 8) | i64::from(*byte));
            self.unsaid
                .push_str(if self.unsaid.is_empty() { "SELECT " } else { ", " });
            let _ = write!(self.unsaid, "pg_advisory_lock({number})");
        }
        if !self.unsaid.is_empty() {
            // The message would be one transaction otherwise, and see the state from before the wait.
            self.unsaid.push_str("; COMMIT; ");
        }
        self.unsaid.push_str(WRITE);
        self.reset();
    }

    fn reset(&mut self) {
        self.begun = false;
        self.glancing = false;
        self.mark = Mark::Nobody;
        self.saved = Mark::Nobody;
        self.failure = None;
        self.number = None;
    }

    /// Looks out for what is written from here on.
    pub(super) fn watch(&mut self) {
        self.written = false;
    }

    /// Whether a statement has written since [`Self::watch`].
    pub(super) fn has_written(&self) -> bool {
        self.written
    }

    /// Sets a savepoint, with the next statement; the one before is given up.
    pub(super) fn save(&mut self, is_first: bool) {
        let text = if is_first {
            "; SAVEPOINT job"
        } else {
            "; RELEASE job; SAVEPOINT job"
        };
        // Said already when the job before said nothing.
        if !self.unsaid.ends_with("SAVEPOINT job") {
            self.unsaid.push_str(text);
        }
        self.saved = self.mark;
    }

    /// Undoes everything since the savepoint.
    pub(super) async fn undo(&mut self) -> Result<(), StoreError> {
        if !self.unsaid.is_empty() {
            return Ok(());
        }
        self.mark = self.saved;
        self.say("ROLLBACK TO job".to_owned()).await
    }

    /// What failed since this was asked last: a statement's failure, or that one was cut off under way.
    pub(super) fn take_failure(&mut self) -> Option<StoreError> {
        self.failure.take()
    }

    /// True when a statement was cut off, so that nobody knows what comes next on this connection.
    pub(super) fn is_spoilt(&self) -> bool {
        self.speaking
    }

    /// Commits. An error before anything was sent, or one that the database answered, means that nothing was kept.
    pub(super) async fn commit(&mut self) -> Result<(), StoreError> {
        if !self.begun {
            self.unsaid.clear();
            return Ok(());
        }
        self.unsaid.clear();
        self.say(format!("COMMIT{YIELD}")).await
    }

    /// Rolls back; on an error the connection is of no more use.
    pub(super) async fn roll_back(&mut self) -> Result<(), StoreError> {
        self.unsaid.clear();
        if !self.begun {
            return Ok(());
        }
        self.say(format!("ROLLBACK{YIELD}")).await
    }

    pub(super) fn number(&self) -> Option<Number> {
        self.number.clone()
    }

    /// What became of the transaction of this number.
    pub(super) async fn fate(&mut self, number: &Number) -> Result<Fate, StoreError> {
        let (status, life): (Option<String>, String) =
            sqlx::query_as(concat!("SELECT pg_xact_status($1::xid8), ", life!()))
                .bind(number.transaction.clone())
                .fetch_one(&mut self.connection)
                .await
                .map_err(translate)?;
        let is_same_life = life == number.life;
        Ok(match status.as_deref() {
            // Of another life it may be another transaction's.
            Some("committed") if is_same_life => Fate::Committed,
            Some("committed") => Fate::Lost,
            Some("aborted") => Fate::Aborted,
            // A number is given again only if nothing of the first transaction was kept.
            Some(_) if !is_same_life => Fate::Aborted,
            _ => Fate::Unknown,
        })
    }

    pub(super) async fn close(self) {
        if let Err(error) = self.connection.close().await {
            tracing::debug!(%error, "a connection did not close cleanly");
        }
    }

    /// The bare connection, outside any transaction of this type.
    pub(super) fn bare(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// Tells the database whose rows the next statement is about, and whatever else is unsaid.
    async fn prepare(&mut self, scope: Scope) -> Result<(), StoreError> {
        let mark = match scope {
            Scope::Tenant(tenant) => Mark::Tenant(tenant),
            Scope::Directory => Mark::Directory,
            Scope::Shared => self.mark,
        };
        if self.unsaid.is_empty() && mark == self.mark {
            return Ok(());
        }
        if self.glancing {
            self.say(format!("SET clausa.tenant = '{mark}'")).await?;
            (self.mark, self.standing) = (mark, mark);
            return Ok(());
        }
        let mut text = std::mem::take(&mut self.unsaid);
        let begins = text.contains("BEGIN");
        if mark != self.mark {
            let _ = write!(text, "; SET LOCAL clausa.tenant = '{mark}'");
            self.mark = mark;
        }
        let writes = text.contains(WRITE);
        let text = text.trim_start_matches("; ").to_owned();
        if begins {
            self.begun = true;
        }
        if writes && self.tells_outcomes {
            return self.begin_numbered(text).await;
        }
        self.say(text).await
    }

    async fn begin_numbered(&mut self, text: String) -> Result<(), StoreError> {
        let text = AssertSqlSafe(format!(
            concat!("{text}; SELECT pg_current_xact_id()::text, ", life!()),
            text = text
        ));
        self.speaking = true;
        let rows = sqlx::raw_sql(text).fetch_all(&mut self.connection).await;
        self.speaking = false;
        // Before it may come the row that says whose turn it is.
        if let Some(row) = self.heard(rows)?.last() {
            let (transaction, life) = (row.try_get_unchecked(0), row.try_get_unchecked(1));
            self.number = Some(Number {
                transaction: self.heard(transaction)?,
                life: self.heard(life)?,
            });
        }
        Ok(())
    }

    async fn say(&mut self, text: String) -> Result<(), StoreError> {
        self.speaking = true;
        let saying = sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut self.connection);
        let Ok(said) = tokio::time::timeout(REPLY, saying).await else {
            // Still speaking: nobody will use this connection again.
            return self.heard(Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())));
        };
        self.speaking = false;
        self.heard(said).map(drop)
    }

    /// Keeps the first failure: what follows it in the same transaction only says that there was one.
    fn heard<T>(&mut self, result: Result<T, sqlx::Error>) -> Result<T, StoreError> {
        result.map_err(|error| {
            let error = translate(error);
            let outweighs =
                loses_transaction(&error) && !self.failure.as_ref().is_some_and(loses_transaction);
            if self.failure.is_none() || outweighs {
                self.failure = Some(error.clone());
            }
            error
        })
    }
}

#[async_trait]
impl Session for Link {
    async fn execute(
        &mut self,
        scope: Scope,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        self.prepare(scope).await?;
        self.speaking = true;
        let done = bind(statement, values).execute(&mut self.connection).await;
        self.speaking = false;
        let rows = self.heard(done)?.rows_affected();
        self.written |= rows > 0;
        Ok(rows)
    }

    async fn rows(
        &mut self,
        scope: Scope,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        self.prepare(scope).await?;
        self.speaking = true;
        let rows = bind(statement, values).fetch_all(&mut self.connection).await;
        self.speaking = false;
        self.written |= !statement.starts_with("SELECT");
        self.heard(rows)?.iter().map(read).collect()
    }
}

pub(super) fn bind(
    statement: impl SqlSafeStr,
    values: Vec<Value>,
) -> sqlx::query::Query<'static, sqlx::Postgres, PgArguments> {
    values
        .into_iter()
        .fold(sqlx::query(statement), |query, value| match value {
            Value::Int(int) => query.bind(int),
            Value::Bytes(bytes) => query.bind(bytes),
            Value::Text(text) => query.bind(text),
            Value::Tenant(tenant) => query.bind(tenant.as_bytes().to_vec()),
            Value::NoInt => query.bind(None::<i64>),
            Value::NoBytes => query.bind(None::<Vec<u8>>),
            Value::NoText => query.bind(None::<String>),
        })
}

fn read(row: &PgRow) -> Result<Row, StoreError> {
    (0..row.len())
        .map(|index| read_cell(row, index))
        .collect::<Result<_, _>>()
        .map(Row::new)
        .map_err(translate)
}

pub(super) fn read_cell(row: &PgRow, index: usize) -> Result<Cell, sqlx::Error> {
    let value = row.try_get_raw(index)?;
    if value.is_null() {
        return Ok(Cell::Null);
    }
    let kind = value.type_info().into_owned();
    Ok(match kind.name() {
        "INT8" => Cell::Int(row.try_get_unchecked(index)?),
        "INT4" => Cell::Int(row.try_get_unchecked::<i32, _>(index)?.into()),
        "TEXT" => Cell::Text(row.try_get_unchecked(index)?),
        _ => Cell::Bytes(row.try_get_unchecked(index)?),
    })
}
