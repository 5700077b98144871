//! SQLite's migrations.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::connection::{hold, open_existing};
use super::failure::translate;
use crate::error::StoreError;
use crate::migration::{self, Applied, Migration, UNFINISHED};

/// Every migration, in order. Released ones never change: add another.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "authority",
        serves: 1,
        sql: include_str!("../../migrations/sqlite/0001_authority.sql"),
    },
    Migration {
        version: 2,
        name: "parents",
        serves: 2,
        sql: include_str!("../../migrations/sqlite/0002_parents.sql"),
    },
    Migration {
        version: 3,
        name: "log_tree",
        serves: 3,
        sql: include_str!("../../migrations/sqlite/0003_log_tree.sql"),
    },
    Migration {
        version: 4,
        name: "proofs",
        serves: 4,
        sql: include_str!("../../migrations/sqlite/0004_proofs.sql"),
    },
    Migration {
        version: 5,
        name: "factors",
        serves: 5,
        sql: include_str!("../../migrations/sqlite/0005_factors.sql"),
    },
    Migration {
        version: 6,
        name: "groups",
        serves: 6,
        sql: include_str!("../../migrations/sqlite/0006_groups.sql"),
    },
    Migration {
        version: 7,
        name: "claims",
        serves: 6,
        sql: include_str!("../../migrations/sqlite/0007_claims.sql"),
    },
    // Older programs would not keep what is set here.
    Migration {
        version: 8,
        name: "controls",
        serves: 8,
        sql: include_str!("../../migrations/sqlite/0008_controls.sql"),
    },
    Migration {
        version: 9,
        name: "successions",
        serves: 9,
        sql: include_str!("../../migrations/sqlite/0009_successions.sql"),
    },
];

/// Marks the file as ours ("Clau"), so that `file` and we can tell it from any other database.
const APPLICATION_ID: i64 = 0x436c_6175;

/// Brings the schema up to date, in one transaction.
pub(super) fn apply(connection: &mut Connection, known: &[Migration]) -> Result<(), StoreError> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(translate)?;
    let applied = applied(&transaction)?;
    run(&transaction, Migration::pending(known, &applied)?)?;
    transaction.commit().map_err(translate)
}

/// Refuses a file that somebody has open when what is to come would break older programs: whose it is cannot be known.
pub(super) fn refuse_users(path: &Path, known: &[Migration]) -> Result<(), StoreError> {
    let connection = open_existing(path)?;
    if number_of_tables(&connection)? == 0 {
        return Ok(());
    }
    let applied = applied(&connection)?;
    match migration::refuses_older_than(Migration::pending(known, &applied)?, &applied) {
        Some(_) => hold(&connection),
        None => Ok(()),
    }
}

fn run(transaction: &Connection, pending: &[Migration]) -> Result<(), StoreError> {
    if !pending.is_empty() && !has_serves(transaction)? {
        transaction.execute(ADD_SERVES, ()).map_err(translate)?;
    }
    for migration in pending {
        transaction.execute_batch(migration.sql).map_err(translate)?;
        let note = (
            i64::from(migration.version),
            migration.name,
            migration.checksum().to_vec(),
            Some(i64::from(migration.serves)),
        );
        transaction.execute(NOTE, note).map_err(translate)?;
    }
    Ok(())
}

/// Gives an empty database, or that of an interrupted copy, its tables, and marks it as not finished.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(translate)?;
    let mut applied = applied(&transaction)?;
    if !applied.is_empty() && !migration::is_unfinished(&applied) {
        return Err(StoreError::Occupied {
            reason: "it is an authority's".to_owned(),
        });
    }
    transaction.execute(FINISH, [UNFINISHED.0]).map_err(translate)?;
    applied.retain(|row| row.version != UNFINISHED.0);
    run(&transaction, Migration::pending(MIGRATIONS, &applied)?)?;
    let (version, name) = UNFINISHED;
    let note = (i64::from(version), name, Vec::new(), None::<i64>);
    transaction.execute(NOTE, note).map_err(translate)?;
    transaction.commit().map_err(translate)
}

/// Whether a copy into the file at `path` was not finished.
pub(super) fn is_unfinished(path: &Path) -> Result<bool, StoreError> {
    match state(&open_existing(path)?) {
        Err(StoreError::Unfinished) => Ok(true),
        other => other.map(|_| false),
    }
}

/// Takes the mark of a copy away, in the transaction that keeps what was copied.
pub(super) fn finish(connection: &Connection) -> Result<(), StoreError> {
    connection
        .execute(FINISH, [UNFINISHED.0])
        .map(drop)
        .map_err(translate)
}

/// The newest migration that was applied, and how many of this program's were not.
pub(super) fn state(connection: &Connection) -> Result<(u32, u32), StoreError> {
    if number_of_tables(connection)? == 0 {
        return Err(StoreError::UnknownSchema {
            reason: "it is empty".to_owned(),
        });
    }
    let applied = applied(connection)?;
    let pending = Migration::pending(MIGRATIONS, &applied)?.len();
    let newest = applied.last().map_or(0, |row| row.version);
    Ok((newest, u32::try_from(pending).unwrap_or(u32::MAX)))
}

fn number_of_tables(connection: &Connection) -> Result<i64, StoreError> {
    connection
        .query_row("SELECT COUNT(*) FROM sqlite_schema", (), |row| row.get(0))
        .map_err(translate)
}

/// What was applied to this database. An empty file is made ours; a file with other tables is refused.
fn applied(connection: &Connection) -> Result<Vec<Applied>, StoreError> {
    let id: i64 = connection
        .query_row("PRAGMA application_id", (), |row| row.get(0))
        .map_err(translate)?;
    if number_of_tables(connection)? == 0 {
        connection
            .pragma_update(None, "application_id", APPLICATION_ID)
            .map_err(translate)?;
        connection.execute(TABLE, ()).map_err(translate)?;
        return Ok(Vec::new());
    }
    if id != APPLICATION_ID {
        return Err(StoreError::UnknownSchema {
            reason: "it is not an authority's database".to_owned(),
        });
    }
    let statement = match has_serves(connection)? {
        true => APPLIED,
        false => APPLIED_BEFORE,
    };
    let mut statement = connection.prepare(statement).map_err(translate)?;
    let rows = statement.query_map((), |row| {
        Ok(Applied {
            version: row.get(0)?,
            name: row.get(1)?,
            checksum: row.get(2)?,
            serves: row.get(3)?,
        })
    });
    rows.and_then(Iterator::collect).map_err(translate)
}

/// Whether it is noted whom a migration serves; an older program's database does not know.
fn has_serves(connection: &Connection) -> Result<bool, StoreError> {
    let statement = "SELECT COUNT(*) FROM pragma_table_info('schema_migrations') WHERE name = 'serves'";
    connection
        .query_row(statement, (), |row| row.get::<_, i64>(0))
        .map(|number| number > 0)
        .map_err(translate)
}

const TABLE: &str = "CREATE TABLE schema_migrations (\
     version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum BLOB NOT NULL, serves INTEGER) STRICT";
const ADD_SERVES: &str = "ALTER TABLE schema_migrations ADD COLUMN serves INTEGER";
const NOTE: &str = "INSERT INTO schema_migrations (version, name, checksum, serves) VALUES ($1, $2, $3, $4)";
const FINISH: &str = "DELETE FROM schema_migrations WHERE version = $1";
const APPLIED: &str = "SELECT version, name, checksum, serves FROM schema_migrations ORDER BY version";
const APPLIED_BEFORE: &str = "SELECT version, name, checksum, NULL FROM schema_migrations ORDER BY version";

#[cfg(test)]
mod tests {
    use super::{MIGRATIONS, Migration};

    /// What was released stays as it is: add a migration instead of changing one.
    const CHECKSUMS: &[&str] = &[
        "03d77df8ffd6669d009012f7264d706e130d73c42d8e7f6afe77c5f4f3d9dc43",
        "3793e689e6956f9f28eacd5e9a14aa936608b463c677a3041c83f77f5b01ec5e",
        "62fd029a95ffb6d7d4c22177f2aed9ef51e31039359155dc897ff34f4eb2e8de",
        "cfd496d428d7ab14734ccf9adda29523017f8bef00cb3574acfb9ded3c8e3dd3",
        "b69b3e31d53705b6a0a16d129eae88750896447ee7ff5ab8522742f2b6d8e9fb",
        "e8f562d5e2e739e0e9029f902a98667dc461d45560e07d6e2b95521153e4c10f",
        "98f95df8f565de1ff3510a5c2f28b09e839c6dfa1e99f2440add270b473f4ffa",
        "0f8cd8aaeb110565356f58ea9792955e48773874b4b27bf57bfbd60304fda169",
        "954e445512634ef8d9b0e7c4dc1a418b27dcb44d39687f5604895b3127202e3b",
    ];

    #[test]
    fn migrations_never_change() {
        Migration::assert_unchanged(MIGRATIONS, CHECKSUMS);
    }
}
