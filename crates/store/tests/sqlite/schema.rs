//! Which databases are served, and how they are kept.

use clausa_core::random::SystemRandom;
use clausa_store::{KeyEncryptionKey, Sealer, Store, StoreError};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use tempfile::TempDir;
use zeroize::Zeroizing;

use clausa_store::record::log::LogFilter;

use crate::conformance::world::janet;
use crate::conformance::{Fixture as _, append_some, grow};
use crate::{Sqlite, sealer};

async fn raw(fixture: &Sqlite) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(fixture.path())
        .connect()
        .await
        .unwrap()
}

/// Changes a closed database by hand and tries to open it.
async fn open_after(statement: &'static str) -> Result<Store, StoreError> {
    let fixture = Sqlite::new().await;
    fixture.store.close().await;
    let mut connection = raw(&fixture).await;
    sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    Store::open_sqlite(&fixture.path(), sealer()).await
}

#[tokio::test]
async fn an_unknown_schema_is_refused() {
    for statement in [
        "INSERT INTO schema_migrations SELECT MAX(version) + 1, 'of a newer version', x'00', NULL FROM schema_migrations",
        "UPDATE schema_migrations SET checksum = x'00' WHERE version = 1",
        "UPDATE schema_migrations SET version = 1000 WHERE version = 1",
        "PRAGMA application_id = 5",
    ] {
        let opened = open_after(statement).await;
        assert!(
            matches!(opened, Err(StoreError::UnknownSchema { .. })),
            "{statement}"
        );
    }
    assert!(open_after("SELECT 1").await.is_ok());
}

/// What the first version wrote is brought up to date, and keeps its rows.
#[tokio::test]
async fn a_database_of_the_first_version_goes_on() {
    let first = "DROP INDEX contents_of_parent; ALTER TABLE contents DROP COLUMN parent; \
                 DROP TRIGGER log_is_never_changed; DROP TRIGGER log_is_never_cut; \
                 DROP TABLE log_tiles; DROP TABLE log_trees; ALTER TABLE log DROP COLUMN salts; \
                 ALTER TABLE log DROP COLUMN leaf; ALTER TABLE log DROP COLUMN erased; \
                 CREATE TRIGGER log_is_never_changed BEFORE UPDATE ON log \
                 BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END; \
                 CREATE TRIGGER log_is_never_cut BEFORE DELETE ON log \
                 BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END; \
                 DROP TABLE pending_sign_ins; DROP TABLE recovery_codes; DROP TABLE factors; \
                 DROP INDEX authorisation_codes_of_account; DROP INDEX challenges_of_address; \
                 ALTER TABLE sessions DROP COLUMN proven_at; ALTER TABLE sessions DROP COLUMN proven_by; \
                 ALTER TABLE sessions DROP COLUMN client; ALTER TABLE browser_sessions DROP COLUMN proven_at; \
                 ALTER TABLE browser_sessions DROP COLUMN proven_by; \
                 ALTER TABLE browser_sessions DROP COLUMN client; \
                 ALTER TABLE authorisation_codes DROP COLUMN proven_at; \
                 ALTER TABLE authorisation_codes DROP COLUMN proven_by; \
                 DROP TABLE group_members; DROP TABLE member_groups; \
                 ALTER TABLE tenants DROP COLUMN group_count; \
                 DROP TABLE claims; DROP TABLE controls; \
                 DROP TABLE successions; ALTER TABLE tenants DROP COLUMN succession_count; \
                 DELETE FROM schema_migrations WHERE version > 1; \
                 ALTER TABLE schema_migrations DROP COLUMN serves";
    let fixture = Sqlite::new().await;
    let janet = janet(&fixture.store).await;
    let content = janet.publish(&fixture.store).await;
    append_some(&fixture.store, &janet, 3).await;
    fixture.store.close().await;
    let mut connection = raw(&fixture).await;
    sqlx::raw_sql(first).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let store = Store::open_sqlite(&fixture.path(), sealer()).await.unwrap();
    let (tenant, id) = (janet.tenant(), content.id);
    let owner = crate::look!(store, [tenant, id], |tx| tx.content_owner(*tenant, *id).await?);
    assert_eq!(owner, Some(Some(janet.id())));
    // Entries without leaves get them when the sequencer comes by.
    append_some(&store, &janet, 1).await;
    let permit = crate::conformance::world::system(janet.tenant());
    assert_eq!(grow(&store, permit, 10).await.map(|grown| grown.size), Some(4));
    let everything = LogFilter {
        content: None,
        after: 0,
        limit: 10,
    };
    let evidence = crate::look!(store, [permit, everything], |tx| tx
        .log_evidence(permit, everything)
        .await?);
    assert!(
        evidence
            .iter()
            .all(|entry| entry.leaf.is_some() && entry.salts.is_some())
    );
}

#[tokio::test]
async fn somebody_elses_file_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("authority.db");
    let connect = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true);
    let mut connection = connect.connect().await.unwrap();
    sqlx::raw_sql("CREATE TABLE theirs (a)")
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    let opened = Store::open_sqlite(&path, sealer()).await;
    assert!(matches!(opened, Err(StoreError::UnknownSchema { .. })));
    assert_eq!(tables(&path).await, ["theirs"]);

    std::fs::write(
        &path,
        b"not a database at all, only some text that is long enough",
    )
    .unwrap();
    let _ = std::fs::remove_file(folder.path().join("authority.db-wal"));
    let opened = Store::open_sqlite(&path, sealer()).await;
    assert!(matches!(opened, Err(StoreError::Database(_))));
}

async fn tables(path: &std::path::Path) -> Vec<String> {
    let mut connection = SqliteConnectOptions::new()
        .filename(path)
        .connect()
        .await
        .unwrap();
    sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .fetch_all(&mut connection)
        .await
        .unwrap()
}

/// The log cannot be rewritten by a slip of a statement either.
#[tokio::test]
async fn the_log_refuses_changes() {
    let fixture = Sqlite::new().await;
    let janet = janet(&fixture.store).await;
    append_some(&fixture.store, &janet, 300).await;
    let permit = crate::conformance::world::system(janet.tenant());
    grow(&fixture.store, permit, 200).await;
    let mut connection = raw(&fixture).await;
    let zeros = "salts = zeroblob(64), erased = zeroblob(224)";
    let personal = "user_name = '', client_ip = NULL, client_info = NULL, acting_as = NULL, owner = NULL, \
                    file_name = NULL, issuer = NULL";
    let other = "salts = CAST(zeroblob(16) || randomblob(48) AS BLOB), erased = zeroblob(224)";
    for statement in [
        "UPDATE log SET result = 'x'",
        "UPDATE log SET user_name = 'x'",
        "UPDATE log SET user_name = ''",
        "UPDATE log SET leaf = randomblob(32)",
        "UPDATE log SET salts = randomblob(16)",
        "UPDATE log SET sequence = sequence + 1000",
        &format!("UPDATE log SET {zeros}"),
        &format!("UPDATE log SET {zeros}, {personal}, result = 'x'"),
        &format!("UPDATE log SET {zeros}, {personal}, account = NULL"),
        &format!("UPDATE log SET {zeros}, user_name = 'x', owner = NULL"),
        &format!("UPDATE log SET {other}, {personal}, owner = 'x'"),
        "DELETE FROM log",
        "DELETE FROM log WHERE sequence = 300",
        "UPDATE log_trees SET size = 0",
        "DELETE FROM log_trees",
        "UPDATE log_tiles SET hashes = zeroblob(length(hashes))",
        "UPDATE log_tiles SET hashes = substr(hashes, 1, 32)",
        "DELETE FROM log_tiles",
    ] {
        let statement = sqlx::AssertSqlSafe(statement.to_owned());
        let error = sqlx::raw_sql(statement)
            .execute(&mut connection)
            .await
            .unwrap_err();
        assert!(error.to_string().contains("append-only"), "{error}");
    }
    // What may be done: somebody is forgotten, and entries in the tree are detached.
    let allowed = [
        format!("UPDATE log SET {zeros}, {personal} WHERE sequence = 1"),
        format!("UPDATE log SET {other}, {personal} WHERE sequence = 2"),
        "UPDATE log_trees SET detached = 2".to_owned(),
        "DELETE FROM log WHERE sequence <= 2".to_owned(),
    ];
    for statement in allowed {
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
            .execute(&mut connection)
            .await
            .unwrap();
    }
    let beyond = "UPDATE log_trees SET detached = 300";
    assert!(sqlx::raw_sql(beyond).execute(&mut connection).await.is_err());
}

/// Durability rests on these settings, so they are looked at in the file and in the files beside it.
#[tokio::test]
async fn the_database_keeps_a_write_ahead_log_and_checks_references() {
    let fixture = Sqlite::new().await;
    let mut connection = raw(&fixture).await;
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(mode, "wal");
    let broken: Vec<(String,)> = sqlx::query_as("SELECT \"table\" FROM pragma_foreign_key_check")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert!(broken.is_empty());
}

/// Every tenant's table begins its primary key with the tenant, so that it can be spread by tenant.
#[tokio::test]
async fn tenants_tables_are_keyed_by_tenant() {
    /// Found before the tenant is known, or the authority's own.
    const OTHERS: [&str; 15] = [
        "access_tokens",
        "addresses",
        "authorisation_codes",
        "browser_sessions",
        "challenges",
        "domains",
        "limits",
        "outbox",
        "pending_sign_ins",
        "refresh_tokens",
        "replays",
        "root_keys",
        "sessions",
        "settings",
        "signups",
    ];
    let fixture = Sqlite::new().await;
    let mut connection = raw(&fixture).await;
    let keys: Vec<(String, String)> = sqlx::query_as(
        "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c \
         WHERE t.type = 'table' AND c.pk = 1 AND t.name <> 'schema_migrations' ORDER BY t.name",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert!(keys.len() > OTHERS.len());
    for (table, first) in keys {
        assert!(
            first == "tenant" || OTHERS.contains(&table.as_str()),
            "{table} is keyed by {first}"
        );
    }
}

/// A commented column says what it is for; a table without any comment above it does not.
#[test]
fn every_table_is_explained() {
    let sql = include_str!("../../migrations/sqlite/0001_authority.sql");
    let mut last = "";
    let mut explained = 0;
    for line in sql.lines() {
        if line.starts_with("CREATE TABLE") && !line.contains("_tokens") {
            assert!(last.starts_with("--"), "{line}");
            explained += 1;
        }
        last = line;
    }
    assert!(explained > 20);
}

#[tokio::test]
async fn a_database_that_cannot_be_made_is_an_error() {
    let folder = TempDir::new().unwrap();
    let sealer = Sealer::new(
        vec![KeyEncryptionKey::new(1, Zeroizing::new([1; 32]))],
        SystemRandom,
    )
    .unwrap();
    let opened = Store::open_sqlite(&folder.path().join("missing/authority.db"), sealer).await;
    assert!(matches!(opened, Err(StoreError::Database(_))));
}

/// SEC-122 in the database's own way: nobody else on the machine reads it.
#[cfg(unix)]
#[tokio::test]
async fn the_database_is_its_users_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let fixture = Sqlite::new().await;
    janet(&fixture.store).await;
    let files: Vec<_> = std::fs::read_dir(fixture.path().parent().unwrap())
        .unwrap()
        .collect();
    assert!(files.len() > 1, "the write-ahead log is there too");
    for file in files {
        let file = file.unwrap();
        assert_eq!(
            file.metadata().unwrap().permissions().mode() & 0o077,
            0,
            "{:?}",
            file.file_name()
        );
    }
}
