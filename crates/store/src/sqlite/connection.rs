//! Connections: how they are opened, and how a statement is run on one.
//!
//! Statements run on the thread that asks: SQLite is a library, and handing a statement to another thread and waiting for
//! its rows costs more than most statements do (docs/adr/0035-one-transaction-a-licence.md).

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection, OpenFlags};

use super::failure::translate;
use crate::error::{DatabaseFailure, StoreError};
use crate::sql::{Cell, Row, Scope, Session, Value};

/// How long another process (a backup, `sqlite3`) may hold the database before a statement gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Prepared statements that a connection keeps; there are fewer.
const STATEMENTS: usize = 256;

/// The connection that writes. It makes the file when there is none, for its user alone: it holds names and addresses.
pub(super) fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    make_private(path).map_err(|error| StoreError::Database(DatabaseFailure::new(error)))?;
    open(path)
}

/// A connection that reads.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let connection = open(path)?;
    connection
        .pragma_update(None, "query_only", "ON")
        .map_err(translate)?;
    Ok(connection)
}

/// A connection to a file that must be there, for looking and copying: leaves the kind of its journal as it is.
pub(super) fn open_existing(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(translate)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(translate)?;
    connection
        .pragma_update(None, "trusted_schema", "OFF")
        .map_err(translate)?;
    Ok(connection)
}

/// Keeps everybody else out until the connection is closed, and fails when somebody is in.
pub(super) fn hold(connection: &Connection) -> Result<(), StoreError> {
    connection
        .busy_timeout(Duration::from_millis(300))
        .map_err(translate)?;
    connection
        .pragma_update_and_check(None, "locking_mode", "EXCLUSIVE", |_| Ok(()))
        .map_err(translate)?;
    // Everybody who has a file with a write-ahead log open holds a lock that an exclusive connection needs for itself.
    say(connection, "BEGIN IMMEDIATE").map_err(|error| match error {
        StoreError::Busy => StoreError::InUse {
            reason: "an authority runs on it, or another program has it open: stop it first".to_owned(),
        },
        error => error,
    })?;
    say(connection, "COMMIT")
}

/// SQLite gives the files that it makes beside the database the same permissions.
pub(super) fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// A commit is durable when it returns: `synchronous = FULL` syncs the log at every commit, which the writer's groups
/// pay for once. `trusted_schema` off keeps a doctored file from running functions.
const SETTINGS: &[(&str, &str)] = &[
    ("journal_mode", "WAL"),
    ("synchronous", "FULL"),
    ("foreign_keys", "ON"),
    ("trusted_schema", "OFF"),
    // Whoever is forgotten is gone from the file too, not only from its rows.
    ("secure_delete", "ON"),
    // After a peak the write-ahead log gives its space back.
    ("journal_size_limit", "67108864"),
    // Pages of 4 KiB that are carried from the log into the database together: most of them were changed many times by then.
    ("wal_autocheckpoint", "4000"),
    // 16 MiB of pages a connection.
    ("cache_size", "-16384"),
];

fn open(path: &Path) -> Result<Connection, StoreError> {
    // A connection belongs to one thread at a time, which the type system sees to.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(translate)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(translate)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    for (name, value) in SETTINGS {
        // Some answer with a row, which says nothing new.
        connection
            .pragma_update_and_check(None, name, value, |_| Ok(()))
            .or_else(|error| match error {
                rusqlite::Error::QueryReturnedNoRows => Ok(()),
                error => Err(error),
            })
            .map_err(translate)?;
    }
    Ok(connection)
}

/// A connection inside a transaction.
pub(super) struct SqliteSession<'c> {
    connection: &'c mut Connection,
}

impl<'c> SqliteSession<'c> {
    pub(super) fn new(connection: &'c mut Connection) -> Self {
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
        execute(self.connection, statement, &values).map_err(translate)
    }

    async fn rows(
        &mut self,
        _: Scope,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        rows(self.connection, statement, &values)
    }
}

/// Runs a statement without parameters and rows, such as `COMMIT`.
pub(super) fn say(connection: &Connection, statement: &'static str) -> Result<(), StoreError> {
    execute(connection, statement, &[]).map(drop).map_err(translate)
}

pub(super) fn execute(connection: &Connection, statement: &str, values: &[Value]) -> rusqlite::Result<u64> {
    let mut statement = prepare(connection, statement, values)?;
    Ok(statement.raw_execute()? as u64)
}

pub(super) fn rows(
    connection: &Connection,
    statement: &str,
    values: &[Value],
) -> Result<Vec<Row>, StoreError> {
    let mut statement = prepare(connection, statement, values).map_err(translate)?;
    let columns = statement.column_count();
    let mut found = statement.raw_query();
    let mut rows = Vec::new();
    while let Some(row) = found.next().map_err(translate)? {
        let mut cells = Vec::with_capacity(columns);
        for column in 0..columns {
            cells.push(cell(row.get_ref(column).map_err(translate)?)?);
        }
        rows.push(Row::new(cells));
    }
    Ok(rows)
}

fn prepare<'c>(
    connection: &'c Connection,
    statement: &str,
    values: &[Value],
) -> rusqlite::Result<CachedStatement<'c>> {
    let mut statement = connection.prepare_cached(statement)?;
    for place in 1..=statement.parameter_count() {
        // To SQLite `$2` is a name like any other, and has the place in which it stands first.
        let number = statement
            .parameter_name(place)
            .and_then(|name| name.get(1..)?.parse::<usize>().ok());
        let value = number.and_then(|number| values.get(number.checked_sub(1)?));
        match value.ok_or(rusqlite::Error::InvalidParameterCount(values.len(), place))? {
            Value::Int(int) => statement.raw_bind_parameter(place, int),
            Value::Bytes(bytes) => statement.raw_bind_parameter(place, bytes),
            Value::Tenant(tenant) => statement.raw_bind_parameter(place, tenant.as_bytes()),
            Value::Text(text) => statement.raw_bind_parameter(place, text),
            Value::NoInt | Value::NoBytes | Value::NoText => {
                statement.raw_bind_parameter(place, rusqlite::types::Null)
            }
        }?;
    }
    Ok(statement)
}

fn cell(value: ValueRef<'_>) -> Result<Cell, StoreError> {
    let corrupt = StoreError::Corrupt {
        what: "a column's type",
    };
    Ok(match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(int) => Cell::Int(int),
        ValueRef::Text(text) => Cell::Text(String::from_utf8(text.to_vec()).map_err(|_| corrupt)?),
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
        // No column of ours holds one.
        ValueRef::Real(_) => return Err(corrupt),
    })
}
