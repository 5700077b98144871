//! Reading a database through, and copying it.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::connection::{make_private, open_existing};
use super::failure::translate;
use super::migrations;
use crate::error::{DatabaseFailure, StoreError};
use crate::sealed::{Place, Sealer};
use crate::upkeep::Examination;

/// Findings of one kind; a damaged file has thousands.
const ENOUGH: usize = 20;

/// A sealed column: its table, its name, and a statement that yields the primary key's parts and then the value.
struct Column {
    table: &'static str,
    column: &'static str,
    select: &'static str,
}

macro_rules! sealed {
    ($($table:literal . $column:literal ($($key:literal),+);)*) => {
        &[$(Column {
            table: $table,
            column: $column,
            select: concat!(
                "SELECT ", $("CAST(", $key, " AS BLOB), ",)+ $column,
                " FROM ", $table, " WHERE ", $column, " IS NOT NULL"
            ),
        },)*]
    };
}

/// Every sealed column of the schema.
const SEALED: &[Column] = sealed! {
    "settings"."value"("name");
    "root_keys"."secret"("kid");
    "tenant_keys"."secret"("tenant", "kid");
    "accounts"."password_hash"("tenant", "account");
    "browser_sessions"."state"("cookie");
    "contents"."policy"("tenant", "content");
    "factors"."secret"("tenant", "account", "factor");
    "outbox"."message"("mail");
};

pub(crate) fn schema(path: &Path) -> Result<(u32, u32), StoreError> {
    migrations::state(&open_existing(path)?)
}

pub(crate) fn copy(path: &Path, target: &Path) -> Result<(), StoreError> {
    let failed = |error| StoreError::Database(DatabaseFailure::new(error));
    let connection = open_existing(path)?;
    migrations::state(&connection)?;
    make_private(target).map_err(failed)?;
    let name = target
        .to_str()
        .ok_or_else(|| failed(std::io::Error::from(std::io::ErrorKind::InvalidFilename)))?;
    connection.execute("VACUUM INTO $1", [name]).map_err(translate)?;
    std::fs::File::open(target)
        .and_then(|file| file.sync_all())
        .map_err(failed)
}

pub(crate) fn check(path: &Path, sealer: &Sealer) -> Result<Examination, StoreError> {
    let mut connection = open_existing(path)?;
    // One state of the database; rolled back when dropped.
    let transaction = connection.transaction().map_err(translate)?;
    let (schema, pending) = migrations::state(&transaction)?;
    let mut found = Examination {
        schema,
        pending,
        ..Examination::default()
    };
    check_pages(&transaction, &mut found)?;
    if found.problems.is_empty() {
        check_sealed(&transaction, sealer, &mut found)?;
        // What a log owes is known of the newest schema.
        if pending == 0 {
            check_log(&transaction, &mut found)?;
        }
        found.tenants = number(&transaction, "SELECT COUNT(*) FROM tenants")?;
        found.log_entries = number(&transaction, "SELECT COUNT(*) FROM log")?;
    }
    Ok(found)
}

fn check_pages(connection: &Connection, found: &mut Examination) -> Result<(), StoreError> {
    let mut statement = connection
        .prepare("PRAGMA integrity_check(20)")
        .map_err(translate)?;
    let told = statement
        .query_map((), |row| row.get::<_, String>(0))
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(translate)?;
    let damage = told.iter().filter(|text| *text != "ok");
    found
        .problems
        .extend(damage.map(|text| format!("the database is damaged: {text}")));
    let mut statement = connection
        .prepare("PRAGMA foreign_key_check")
        .map_err(translate)?;
    let rows = statement
        .query_map((), |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(2)?)))
        .and_then(|rows| rows.take(ENOUGH).collect::<Result<Vec<_>, _>>())
        .map_err(translate)?;
    found.problems.extend(
        rows.iter()
            .map(|(table, parent)| format!("a row of {table} refers to one that is not in {parent}")),
    );
    Ok(())
}

fn check_sealed(connection: &Connection, sealer: &Sealer, found: &mut Examination) -> Result<(), StoreError> {
    for Column {
        table,
        column,
        select,
    } in SEALED
    {
        // A table of a newer version than the database's.
        let is_there = "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = $1";
        let count: i64 = connection
            .query_row(is_there, [table], |row| row.get(0))
            .map_err(translate)?;
        if count == 0 {
            continue;
        }
        let mut closed = 0_u64;
        let mut statement = connection.prepare(select).map_err(translate)?;
        let parts = statement.column_count();
        let mut rows = statement.query(()).map_err(translate)?;
        while let Some(row) = rows.next().map_err(translate)? {
            let mut key = Vec::with_capacity(parts);
            for index in 0..parts {
                match row.get_ref(index).map_err(translate)? {
                    ValueRef::Blob(bytes) | ValueRef::Text(bytes) => key.push(bytes),
                    _ => key.push(&[]),
                }
            }
            let value = key.pop().unwrap_or_default();
            let place = Place {
                table,
                row: &key,
                column,
            };
            match sealer.open(place, value) {
                Ok(_) => found.sealed_values += 1,
                Err(_) => closed += 1,
            }
        }
        if closed > 0 {
            found.problems.push(format!(
                "{table}.{column}: {closed} sealed values do not open (other keys, or altered rows)"
            ));
        }
    }
    Ok(())
}

fn check_log(connection: &Connection, found: &mut Examination) -> Result<(), StoreError> {
    for (statement, what) in LOG {
        let wrong = number(connection, statement)?;
        if wrong > 0 {
            found.problems.push(format!("{wrong} {what}"));
        }
    }
    Ok(())
}

/// What must be nowhere: each statement counts what is wrong.
const LOG: &[(&str, &str)] = &[
    (
        // Detached months are in files; what is left begins after them.
        "SELECT COUNT(*) FROM log_heads h LEFT JOIN log_trees t ON t.tenant = h.tenant \
         WHERE h.length <> COALESCE(t.detached, 0) + (SELECT COUNT(*) FROM log l WHERE l.tenant = h.tenant) \
         OR h.length <> (SELECT COALESCE(MAX(l.sequence), t.detached, 0) FROM log l WHERE l.tenant = h.tenant)",
        "logs have gaps, or are longer or shorter than their head says",
    ),
    (
        "SELECT COUNT(DISTINCT tenant) FROM log WHERE tenant NOT IN (SELECT tenant FROM log_heads)",
        "logs have no head",
    ),
    (
        "SELECT COUNT(*) FROM log a JOIN log b ON b.tenant = a.tenant AND b.sequence = a.sequence + 1 \
         WHERE b.written_at < a.written_at",
        "log entries are older than the entry before them",
    ),
];

fn number(connection: &Connection, statement: &str) -> Result<u64, StoreError> {
    let number: i64 = connection
        .query_row(statement, (), |row| row.get(0))
        .map_err(translate)?;
    Ok(number.unsigned_abs())
}
