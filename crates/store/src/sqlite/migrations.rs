//! SQLite's migrations.

use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection};

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
];

/// Marks the file as ours ("Clau"), so that `file` and we can tell it from any other database.
const APPLICATION_ID: i64 = 0x436c_6175;

/// Brings the schema up to date, in one transaction.
pub(super) async fn apply(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    apply_all(connection, MIGRATIONS).await
}

async fn apply_all(connection: &mut SqliteConnection, known: &[Migration]) -> Result<(), StoreError> {
    let mut transaction = connection
        .begin_with("BEGIN IMMEDIATE")
        .await
        .map_err(translate)?;
    let applied = applied(&mut transaction).await?;
    for migration in Migration::pending(known, &applied)? {
        sqlx::raw_sql(migration.sql)
            .execute(&mut *transaction)
            .await
            .map_err(translate)?;
        sqlx::query(NOTE)
            .bind(i64::from(migration.version))
            .bind(migration.name)
            .bind(migration.checksum().to_vec())
            .execute(&mut *transaction)
            .await
            .map_err(translate)?;
    }
    transaction.commit().await.map_err(translate)
}

/// What was applied to this database. An empty file is made ours; a file with other tables is refused.
async fn applied(connection: &mut SqliteConnection) -> Result<Vec<Applied>, StoreError> {
    let count = |sql| sqlx::query_scalar::<_, i64>(sql);
    let id = count("PRAGMA application_id")
        .fetch_one(&mut *connection)
        .await
        .map_err(translate)?;
    let tables = count("SELECT COUNT(*) FROM sqlite_schema")
        .fetch_one(&mut *connection)
        .await
        .map_err(translate)?;
    if tables == 0 {
        let mark = AssertSqlSafe(format!("PRAGMA application_id = {APPLICATION_ID}"));
        sqlx::raw_sql(mark)
            .execute(&mut *connection)
            .await
            .map_err(translate)?;
        sqlx::raw_sql(TABLE)
            .execute(&mut *connection)
            .await
            .map_err(translate)?;
        return Ok(Vec::new());
    }
    if id != APPLICATION_ID {
        return Err(StoreError::UnknownSchema {
            reason: "it is not an authority's database".to_owned(),
        });
    }
    let rows = sqlx::query(APPLIED)
        .fetch_all(connection)
        .await
        .map_err(translate)?;
    rows.iter()
        .map(|row| {
            Ok(Applied {
                version: row.try_get(0).map_err(translate)?,
                name: row.try_get(1).map_err(translate)?,
                checksum: row.try_get(2).map_err(translate)?,
            })
        })
        .collect()
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
    ];

    #[test]
    fn migrations_never_change() {
        Migration::assert_unchanged(MIGRATIONS, CHECKSUMS);
    }
}
