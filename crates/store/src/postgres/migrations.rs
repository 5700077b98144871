//! PostgreSQL's migrations.

use sqlx::{Connection as _, PgConnection, Row as _};

use super::connect::Connector;
use super::failure::translate;
use crate::error::StoreError;
use crate::migration::{Applied, Migration};

/// Every migration, in order. Released ones never change: add another.
const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "authority",
        sql: include_str!("../../migrations/postgres/0001_authority.sql"),
    },
    Migration {
        version: 2,
        name: "parents",
        sql: include_str!("../../migrations/postgres/0002_parents.sql"),
    },
    Migration {
        version: 3,
        name: "log_tree",
        sql: include_str!("../../migrations/postgres/0003_log_tree.sql"),
    },
    Migration {
        version: 4,
        name: "proofs",
        sql: include_str!("../../migrations/postgres/0004_proofs.sql"),
    },
    Migration {
        version: 5,
        name: "factors",
        sql: include_str!("../../migrations/postgres/0005_factors.sql"),
    },
    Migration {
        version: 6,
        name: "groups",
        sql: include_str!("../../migrations/postgres/0006_groups.sql"),
    },
];

/// Brings the schema up to date, in one transaction. Nodes that start at the same time wait for each other.
pub(super) async fn apply(connector: &Connector) -> Result<(), StoreError> {
    let mut link = connector.connect().await?;
    let applied = apply_all(link.bare(), MIGRATIONS).await;
    link.close().await;
    applied
}

async fn apply_all(connection: &mut PgConnection, known: &[Migration]) -> Result<(), StoreError> {
    let mut transaction = connection.begin().await.map_err(translate)?;
    run(&mut transaction, LOCK).await?;
    let applied = applied(&mut transaction).await?;
    for migration in Migration::pending(known, &applied)? {
        run(&mut transaction, migration.sql).await?;
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

async fn run(connection: &mut PgConnection, sql: &'static str) -> Result<(), StoreError> {
    sqlx::raw_sql(sql)
        .execute(connection)
        .await
        .map(drop)
        .map_err(translate)
}

/// What was applied to this database. An empty one is made ours; one with other tables is refused.
async fn applied(connection: &mut PgConnection) -> Result<Vec<Applied>, StoreError> {
    let (ours, tables): (bool, i64) = sqlx::query_as(TABLES)
        .fetch_one(&mut *connection)
        .await
        .map_err(translate)?;
    if tables == 0 {
        run(connection, TABLE).await?;
        return Ok(Vec::new());
    }
    if !ours {
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
            let version: i64 = row.try_get(0).map_err(translate)?;
            Ok(Applied {
                version: u32::try_from(version).unwrap_or(u32::MAX),
                name: row.try_get(1).map_err(translate)?,
                checksum: row.try_get(2).map_err(translate)?,
            })
        })
        .collect()
}

/// Until the end of the transaction; the number is "Clau".
const LOCK: &str = "SELECT pg_advisory_xact_lock(1130127733)";
const TABLES: &str = "SELECT COALESCE(BOOL_OR(tablename = 'schema_migrations'), false), COUNT(*) FROM pg_tables \
     WHERE schemaname = current_schema()";
const TABLE: &str = "CREATE TABLE schema_migrations (\
     version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum BYTEA NOT NULL)";
const NOTE: &str = "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)";
const APPLIED: &str = "SELECT version, name, checksum FROM schema_migrations ORDER BY version";

#[cfg(test)]
mod tests {
    use super::{MIGRATIONS, Migration};

    /// What was released stays as it is: add a migration instead of changing one.
    const CHECKSUMS: &[&str] = &[
        "bf146a7498ef51349c13a4e08459625da0c1f3c7f87ef06838cc8371f99eecdb",
        "af15727555973150e79a580dfb2781e4a82990cf9c7b663aab4360d03725f4b6",
        "5d0d81bef2363df79fc8341c9be2add138627ac6998910948154c6d5e4e0a877",
        "63751d47594759eb160554290f8b49c831226b647bd4153a0730a946faf70f26",
        "46922e34d567b56d719dd1d787a5d7ed455a2511f35121c411f771e55b84f9f2",
        "6e54969dabc9b34c936de65a9089443b3eb75e31a26aa65babbe7dc0bca46957",
    ];

    #[test]
    fn migrations_never_change() {
        Migration::assert_unchanged(MIGRATIONS, CHECKSUMS);
    }

    /// Both engines know the same migrations, by number and name.
    #[test]
    fn both_engines_have_the_same_migrations() {
        let here = MIGRATIONS.iter().map(|one| (one.version, one.name));
        let there = crate::sqlite::MIGRATIONS
            .iter()
            .map(|one| (one.version, one.name));
        assert!(here.eq(there));
    }
}
