//! SQLite's migrations.

use rusqlite::{Connection, TransactionBehavior};

use super::failure::translate;
use crate::error::StoreError;
use crate::migration::{Applied, Migration};

/// Every migration, in order. Released ones never change: add another.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "authority",
        sql: include_str!("../../migrations/sqlite/0001_authority.sql"),
    },
    Migration {
        version: 2,
        name: "parents",
        sql: include_str!("../../migrations/sqlite/0002_parents.sql"),
    },
    Migration {
        version: 3,
        name: "log_tree",
        sql: include_str!("../../migrations/sqlite/0003_log_tree.sql"),
    },
    Migration {
        version: 4,
        name: "proofs",
        sql: include_str!("../../migrations/sqlite/0004_proofs.sql"),
    },
    Migration {
        version: 5,
        name: "factors",
        sql: include_str!("../../migrations/sqlite/0005_factors.sql"),
    },
    Migration {
        version: 6,
        name: "groups",
        sql: include_str!("../../migrations/sqlite/0006_groups.sql"),
    },
];

/// Marks the file as ours ("Clau"), so that `file` and we can tell it from any other database.
const APPLICATION_ID: i64 = 0x436c_6175;

/// Brings the schema up to date, in one transaction.
pub(super) fn apply(connection: &mut Connection) -> Result<(), StoreError> {
    apply_all(connection, MIGRATIONS)
}

fn apply_all(connection: &mut Connection, known: &[Migration]) -> Result<(), StoreError> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(translate)?;
    let applied = applied(&transaction)?;
    for migration in Migration::pending(known, &applied)? {
        transaction.execute_batch(migration.sql).map_err(translate)?;
        let note = (
            i64::from(migration.version),
            migration.name,
            migration.checksum().to_vec(),
        );
        transaction.execute(NOTE, note).map_err(translate)?;
    }
    transaction.commit().map_err(translate)
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
    let mut statement = connection.prepare(APPLIED).map_err(translate)?;
    let rows = statement.query_map((), |row| {
        Ok(Applied {
            version: row.get(0)?,
            name: row.get(1)?,
            checksum: row.get(2)?,
        })
    });
    rows.and_then(Iterator::collect).map_err(translate)
}

const TABLE: &str = "CREATE TABLE schema_migrations (\
     version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum BLOB NOT NULL) STRICT";
const NOTE: &str = "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)";
const APPLIED: &str = "SELECT version, name, checksum FROM schema_migrations ORDER BY version";

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
    ];

    #[test]
    fn migrations_never_change() {
        Migration::assert_unchanged(MIGRATIONS, CHECKSUMS);
    }
}
