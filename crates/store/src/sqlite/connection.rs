//! Connections: how they are opened, and how a statement travels on one.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteRow, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Row as _, SqliteConnection, TypeInfo as _, ValueRef as _};

use super::failure::translate;
use crate::error::{DatabaseFailure, StoreError};
use crate::sql::{Cell, Row, Scope, Session, Value};

/// How long another process (a backup, `sqlite3`) may hold the database before a statement gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The connection that writes. It makes the file when there is none, for its user alone: it holds names and addresses.
pub(super) async fn open_writer(path: &Path) -> Result<SqliteConnection, StoreError> {
    make_private(path).map_err(|error| StoreError::Database(DatabaseFailure::new(error)))?;
    options(path).connect().await.map_err(translate)
}

/// SQLite gives the files that it makes beside the database the same permissions.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// What readers connect with.
pub(super) fn reader_options(path: &Path) -> SqliteConnectOptions {
    options(path).pragma("query_only", "ON")
}

/// A commit is durable when it returns: `synchronous = FULL` syncs the log at every commit, which the writer's groups
/// pay for once. `trusted_schema` off keeps a doctored file from running functions.
fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("trusted_schema", "OFF")
        // Whoever is forgotten is gone from the file too, not only from its rows.
        .pragma("secure_delete", "ON")
        // After a peak the write-ahead log gives its space back.
        .pragma("journal_size_limit", "67108864")
        .statement_cache_capacity(256)
        .disable_statement_logging()
}

/// A connection inside a transaction.
pub(super) struct SqliteSession<'c> {
    connection: &'c mut SqliteConnection,
}

impl<'c> SqliteSession<'c> {
    pub(super) fn new(connection: &'c mut SqliteConnection) -> Self {
        Self { connection }
    }
}

#[async_trait]
impl Session for SqliteSession<'_> {
    async fn execute(
        &mut self,
        _: Scope,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        let done = bind(statement, values)
            .execute(&mut *self.connection)
            .await
            .map_err(translate)?;
        Ok(done.rows_affected())
    }

    async fn rows(
        &mut self,
        _: Scope,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let rows = bind(statement, values)
            .fetch_all(&mut *self.connection)
            .await
            .map_err(translate)?;
        rows.iter().map(read).collect()
    }
}

fn bind(
    statement: &'static str,
    values: Vec<Value>,
) -> sqlx::query::Query<'static, sqlx::Sqlite, SqliteArguments> {
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

fn read(row: &SqliteRow) -> Result<Row, StoreError> {
    (0..row.len())
        .map(|index| read_cell(row, index))
        .collect::<Result<_, _>>()
        .map(Row::new)
        .map_err(translate)
}

fn read_cell(row: &SqliteRow, index: usize) -> Result<Cell, sqlx::Error> {
    let value = row.try_get_raw(index)?;
    if value.is_null() {
        return Ok(Cell::Null);
    }
    let kind = value.type_info().into_owned();
    Ok(match kind.name() {
        "INTEGER" | "BOOLEAN" => Cell::Int(row.try_get_unchecked(index)?),
        "TEXT" => Cell::Text(row.try_get_unchecked(index)?),
        _ => Cell::Bytes(row.try_get_unchecked(index)?),
    })
}
