//! PostgreSQL's migrations.

use sqlx::{Connection as _, PgConnection, Row as _};

use super::connect::Connector;
use super::failure::translate;
use crate::error::StoreError;
use crate::migration::{self, Applied, Migration, UNFINISHED};

/// Every migration, in order. Released ones never change: add another.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "authority",
        serves: 1,
        sql: include_str!("../../migrations/postgres/0001_authority.sql"),
    },
    Migration {
        version: 2,
        name: "parents",
        serves: 2,
        sql: include_str!("../../migrations/postgres/0002_parents.sql"),
    },
    Migration {
        version: 3,
        name: "log_tree",
        serves: 3,
        sql: include_str!("../../migrations/postgres/0003_log_tree.sql"),
    },
    Migration {
        version: 4,
        name: "proofs",
        serves: 4,
        sql: include_str!("../../migrations/postgres/0004_proofs.sql"),
    },
    Migration {
        version: 5,
        name: "factors",
        serves: 5,
        sql: include_str!("../../migrations/postgres/0005_factors.sql"),
    },
    Migration {
        version: 6,
        name: "groups",
        serves: 6,
        sql: include_str!("../../migrations/postgres/0006_groups.sql"),
    },
    Migration {
        version: 7,
        name: "claims",
        serves: 6,
        sql: include_str!("../../migrations/postgres/0007_claims.sql"),
    },
    // Older programs would not keep what is set here.
    Migration {
        version: 8,
        name: "controls",
        serves: 8,
        sql: include_str!("../../migrations/postgres/0008_controls.sql"),
    },
    Migration {
        version: 9,
        name: "successions",
        serves: 9,
        sql: include_str!("../../migrations/postgres/0009_successions.sql"),
    },
];

/// Brings the schema up to date, in one transaction. Nodes that start at the same time wait for each other.
pub(super) async fn apply(connector: &Connector, known: &[Migration]) -> Result<(), StoreError> {
    let mut link = connector.connect().await?;
    let applied = apply_all(link.bare(), known).await;
    link.close().await;
    applied
}

async fn apply_all(connection: &mut PgConnection, known: &[Migration]) -> Result<(), StoreError> {
    let mut transaction = connection.begin().await.map_err(translate)?;
    run(&mut transaction, LOCK).await?;
    let applied = applied(&mut transaction).await?;
    let pending = Migration::pending(known, &applied)?;
    if let Some(serves) = migration::refuses_older_than(pending, &applied) {
        refuse_older(&mut transaction, serves).await?;
    }
    run_all(&mut transaction, pending).await?;
    transaction.commit().await.map_err(translate)
}

/// Refuses to break programs that are connected and know less than the schema `serves`; each says what it knows in the name
/// of its connections. One that is away at this moment is not seen.
async fn refuse_older(connection: &mut PgConnection, serves: u32) -> Result<(), StoreError> {
    let names: Vec<String> = sqlx::query_scalar(PROGRAMS)
        .fetch_all(connection)
        .await
        .map_err(translate)?;
    let knows = |name: &String| {
        name.strip_prefix(PROGRAM)
            .and_then(|text| text.parse::<u32>().ok())
    };
    match names.iter().map(|name| knows(name).unwrap_or(0)).min() {
        Some(oldest) if oldest < serves => Err(StoreError::InUse {
            reason: format!(
                "a node is connected whose program knows the schema {oldest}, and the new one serves only those that know \
                 {serves}: update or stop that node first"
            ),
        }),
        _ => Ok(()),
    }
}

async fn run_all(connection: &mut PgConnection, pending: &[Migration]) -> Result<(), StoreError> {
    if !pending.is_empty() {
        run(connection, ADD_SERVES).await?;
    }
    for migration in pending {
        run(connection, migration.sql).await?;
        note(
            connection,
            migration.version,
            migration.name,
            &migration.checksum(),
            Some(migration.serves),
        )
        .await?;
    }
    Ok(())
}

async fn note(
    connection: &mut PgConnection,
    version: u32,
    name: &'static str,
    checksum: &[u8],
    serves: Option<u32>,
) -> Result<(), StoreError> {
    sqlx::query(NOTE)
        .bind(i64::from(version))
        .bind(name)
        .bind(checksum.to_vec())
        .bind(serves.map(i64::from))
        .execute(connection)
        .await
        .map(drop)
        .map_err(translate)
}

/// Keeps nodes that start waiting, until the end of the transaction.
pub(super) async fn lock(connection: &mut PgConnection) -> Result<(), StoreError> {
    run(connection, LOCK).await
}

/// The newest migration that was applied, and how many of this program's were not. Changes nothing.
pub(super) async fn state(connection: &mut PgConnection) -> Result<(u32, u32), StoreError> {
    if tables(connection).await?.1 == 0 {
        return Err(StoreError::UnknownSchema {
            reason: "it is empty".to_owned(),
        });
    }
    let applied = applied(connection).await?;
    let pending = Migration::pending(MIGRATIONS, &applied)?.len();
    let newest = applied.last().map_or(0, |row| row.version);
    Ok((newest, u32::try_from(pending).unwrap_or(u32::MAX)))
}

/// Whether there is nothing at all in the database.
pub(super) async fn is_empty(connection: &mut PgConnection) -> Result<bool, StoreError> {
    Ok(tables(connection).await?.1 == 0)
}

/// Gives an empty database, or that of an interrupted copy, its tables, and marks it as not finished.
pub(super) async fn prepare(connection: &mut PgConnection) -> Result<(), StoreError> {
    let mut transaction = connection.begin().await.map_err(translate)?;
    run(&mut transaction, LOCK).await?;
    let mut applied = applied(&mut transaction).await?;
    if !applied.is_empty() && !migration::is_unfinished(&applied) {
        return Err(StoreError::Occupied {
            reason: "it is an authority's; make a new one".to_owned(),
        });
    }
    finish(&mut transaction).await?;
    applied.retain(|row| row.version != UNFINISHED.0);
    run_all(&mut transaction, Migration::pending(MIGRATIONS, &applied)?).await?;
    note(&mut transaction, UNFINISHED.0, UNFINISHED.1, &[], None).await?;
    transaction.commit().await.map_err(translate)
}

/// Takes the mark of a copy away, in the transaction that keeps what was copied. False when it was not there.
pub(super) async fn finish(connection: &mut PgConnection) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM schema_migrations WHERE version = $1")
        .bind(i64::from(UNFINISHED.0))
        .execute(connection)
        .await
        .map_err(translate)?;
    Ok(done.rows_affected() > 0)
}

/// Whether there is our note of migrations, and how many tables.
async fn tables(connection: &mut PgConnection) -> Result<(bool, i64), StoreError> {
    sqlx::query_as(TABLES)
        .fetch_one(connection)
        .await
        .map_err(translate)
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
    let (ours, tables) = tables(connection).await?;
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
            let serves: Option<i64> = row.try_get(3).map_err(translate)?;
            Ok(Applied {
                version: u32::try_from(version).unwrap_or(u32::MAX),
                name: row.try_get(1).map_err(translate)?,
                checksum: row.try_get(2).map_err(translate)?,
                serves: serves.map(|serves| u32::try_from(serves).unwrap_or(u32::MAX)),
            })
        })
        .collect()
}

/// Until the end of the transaction; the number is "Clau".
const LOCK: &str = "SELECT pg_advisory_xact_lock(1130127733)";
const TABLES: &str = "SELECT COALESCE(BOOL_OR(tablename = 'schema_migrations'), false), COUNT(*) FROM pg_tables \
     WHERE schemaname = current_schema()";
const TABLE: &str = "CREATE TABLE schema_migrations (\
     version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum BYTEA NOT NULL, serves BIGINT)";
const ADD_SERVES: &str = "ALTER TABLE schema_migrations ADD COLUMN IF NOT EXISTS serves BIGINT";
const NOTE: &str = "INSERT INTO schema_migrations (version, name, checksum, serves) VALUES ($1, $2, $3, $4)";
// Whom a migration serves is not noted in an older program's database.
const APPLIED: &str = "SELECT version, name, checksum, (to_jsonb(m) ->> 'serves')::bigint FROM schema_migrations m \
     ORDER BY version";
const PROGRAMS: &str = "SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = current_database() \
     AND pid <> pg_backend_pid() AND application_name LIKE 'clausa%'";
/// What a connection is called, with the newest migration that its program knows behind it.
pub(super) const PROGRAM: &str = "clausa/";

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
        "ce50b50b1457bc9ae95434f06ed5338a165f28e7866236a43fdd73aa511e1a9c",
        "531a33bcbcbc721017ae954def43369fe6187e801238d63ce8d5a9bf2d494dff",
        "d579432edb080ba1981d9cd7426f6d1855e8ee21d1d1acdd39f156de5f29ee75",
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
