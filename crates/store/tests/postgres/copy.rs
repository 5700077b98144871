//! A whole database copied from SQLite to PostgreSQL and back.

use std::path::{Path, PathBuf};
use std::process::Command;

use clausa_core::random::SystemRandom;
use clausa_store::permit::Action;
use clausa_store::record::secret::Secret;
use clausa_store::upkeep::{Location, Use, check, copy, schema};
use clausa_store::{KeyEncryptionKey, Sealer, Store, StoreError};
use clausa_testkit::TestDatabase;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::conformance::world::{Person, janet, random, stored_tenant, system};
use crate::{commit, sealer};

fn at(url: &str) -> Location<'_> {
    Location::Server { url, password: None }
}

/// A file with two organisations, logs longer than a page, trees, and sealed values.
async fn file(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("authority.db");
    let store = Store::open_sqlite(&path, sealer()).await.unwrap();
    let janet = janet(&store).await;
    let elsewhere = stored_tenant(&store).await;
    let eve = Person::stored(&store, elsewhere, "eve@mail.example").await;
    for (person, entries) in [(&janet, 300), (&eve, 3)] {
        let (permit, entry) = (person.own(Action::ReadIdentity), person.entry("SignIn"));
        for _ in 0..entries {
            commit!(store, [permit, entry], |tx| tx.append_log(permit, entry).await?);
        }
        let (own, id, value) = (
            system(person.tenant()),
            person.id(),
            Secret::new(random::<16>().to_vec()),
        );
        commit!(store, [own, id, value], |tx| tx
            .set_password_hash(own, *id, Some(value))
            .await?);
    }
    crate::conformance::grow(&store, system(janet.tenant()), 10).await;
    for number in 0..700_u32 {
        let value = Secret::new(number.to_be_bytes().to_vec());
        commit!(store, [number, value], |tx| tx
            .set_setting(&format!("setting {number}"), value)
            .await?);
    }
    store.close().await;
    path
}

/// Every row of every table of a file, as another program tells them.
fn dump(path: &Path) -> Vec<String> {
    let script = "import sqlite3, sys\n\
        c = sqlite3.connect(sys.argv[1])\n\
        for (t,) in sorted(c.execute(\"SELECT name FROM sqlite_schema WHERE type = 'table'\").fetchall()):\n\
        \x20   for row in sorted(map(repr, c.execute('SELECT * FROM ' + t))): print(t, row)\n";
    let output = Command::new("python3")
        .args(["-c", script])
        .arg(path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let rows: Vec<String> = text.lines().map(str::to_owned).collect();
    assert!(rows.len() > 1000, "{}", rows.len());
    rows
}

#[tokio::test]
async fn everything_goes_there_and_comes_back() {
    let Some(database) = TestDatabase::new() else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let path = file(&folder).await;
    let before = dump(&path);
    let url = database.url();
    let found = copy(Location::File(&path), at(&url), &sealer(), Use::AtRest)
        .await
        .unwrap();
    assert_eq!((found.tenants, found.log_entries), (2, 303));
    assert_eq!(found.sealed_values, 702);
    assert_eq!(dump(&path), before, "the source is as it was");
    let checked = check(at(&url), &sealer()).await.unwrap();
    assert_eq!(checked.problems, [""; 0]);
    assert_eq!(checked, found);
    let store = Store::open_postgres(&url, None, sealer()).await.unwrap();
    let newest = store
        .read("test", |tx| Box::pin(async move { tx.newest_log_time().await }))
        .await
        .unwrap();
    assert!(
        newest.is_some(),
        "the clock can be compared with logs of all tenants"
    );

    let back = folder.path().join("back.db");
    let busy = copy(at(&url), Location::File(&back), &sealer(), Use::AtRest).await;
    assert!(matches!(busy, Err(StoreError::InUse { .. })), "{busy:?}");
    assert!(!back.exists());
    copy(at(&url), Location::File(&back), &sealer(), Use::MayRun)
        .await
        .unwrap();
    assert_eq!(dump(&back), before);
    store.close().await;
    std::fs::remove_file(&back).unwrap();
    copy(at(&url), Location::File(&back), &sealer(), Use::AtRest)
        .await
        .unwrap();
    assert_eq!(dump(&back), before);
    let full = copy(at(&url), Location::File(&back), &sealer(), Use::AtRest).await;
    assert!(matches!(full, Err(StoreError::Occupied { .. })), "{full:?}");
    let full = copy(Location::File(&back), at(&url), &sealer(), Use::AtRest).await;
    assert!(matches!(full, Err(StoreError::Occupied { .. })), "{full:?}");
}

/// What is not finished is refused by whoever would serve it, and begins anew.
#[tokio::test]
async fn an_interrupted_copy_is_no_authority_and_begins_anew() {
    let Some(database) = TestDatabase::new() else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let path = file(&folder).await;
    let (url, back) = (database.url(), folder.path().join("back.db"));
    let stranger = Sealer::new(
        vec![KeyEncryptionKey::new(1, Zeroizing::new([8; 32]))],
        SystemRandom,
    )
    .unwrap();
    // Found wrong at the very end, when every row is there.
    let found = copy(Location::File(&path), at(&url), &stranger, Use::AtRest)
        .await
        .unwrap();
    assert_eq!(found.problems.len(), 2, "{:?}", found.problems);
    for _ in 0..2 {
        let opened = Store::open_postgres(&url, None, sealer()).await.err();
        assert!(matches!(opened, Some(StoreError::Unfinished)), "{opened:?}");
        let checked = check(at(&url), &sealer()).await;
        assert!(matches!(checked, Err(StoreError::Unfinished)), "{checked:?}");
    }
    assert_eq!(
        database.sql("SELECT COUNT(*) FROM settings"),
        "0",
        "nothing is kept"
    );
    copy(Location::File(&path), at(&url), &sealer(), Use::AtRest)
        .await
        .unwrap();
    Store::open_postgres(&url, None, sealer())
        .await
        .unwrap()
        .close()
        .await;

    copy(at(&url), Location::File(&back), &stranger, Use::AtRest)
        .await
        .unwrap();
    let opened = Store::open_sqlite(&back, sealer()).await.err();
    assert!(matches!(opened, Some(StoreError::Unfinished)), "{opened:?}");
    copy(at(&url), Location::File(&back), &sealer(), Use::AtRest)
        .await
        .unwrap();
    assert_eq!(dump(&back), dump(&path));
}

/// Somebody has the file open: what would be written meanwhile would be lost.
#[tokio::test]
async fn a_running_source_is_refused() {
    let Some(database) = TestDatabase::new() else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let path = file(&folder).await;
    let url = database.url();
    let store = Store::open_sqlite(&path, sealer()).await.unwrap();
    let refused = copy(Location::File(&path), at(&url), &sealer(), Use::AtRest).await;
    assert!(matches!(refused, Err(StoreError::InUse { .. })), "{refused:?}");
    assert_eq!(
        database.sql("SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'"),
        "0"
    );
    store.close().await;
    copy(Location::File(&path), at(&url), &sealer(), Use::AtRest)
        .await
        .unwrap();
}

/// A table or a column that this program does not know is never left behind.
#[tokio::test]
async fn nothing_is_left_behind() {
    let Some(database) = TestDatabase::new() else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let path = file(&folder).await;
    let url = database.url();
    for (statement, undo) in [
        (
            "CREATE TABLE forgotten (id INTEGER PRIMARY KEY)",
            "DROP TABLE forgotten",
        ),
        (
            "ALTER TABLE accounts ADD COLUMN forgotten TEXT",
            "ALTER TABLE accounts DROP COLUMN forgotten",
        ),
    ] {
        let mut connection = SqliteConnectOptions::new()
            .filename(&path)
            .connect()
            .await
            .unwrap();
        sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        let told = copy(Location::File(&path), at(&url), &sealer(), Use::MayRun).await;
        assert!(
            matches!(told, Err(StoreError::UnknownSchema { .. })),
            "{statement}: {told:?}"
        );
        sqlx::raw_sql(undo).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
    copy(Location::File(&path), at(&url), &sealer(), Use::AtRest)
        .await
        .unwrap();
    assert_eq!(
        schema(at(&url)).await.unwrap(),
        schema(Location::File(&path)).await.unwrap()
    );
    // The wall stands around the tables that are copied tenant by tenant, and around no others.
    let walled = database.sql(
        "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relrowsecurity AND relforcerowsecurity",
    );
    let table = include_str!("../../src/whole/table.rs");
    let mut listed: Vec<&str> = table
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.split_once("\" tenants"))
        .map(|(name, _)| name)
        .collect();
    listed.sort_unstable();
    assert_eq!(walled, listed.join(" "));
}

/// What is wrong in a PostgreSQL database is found, tenant by tenant.
#[tokio::test]
async fn what_is_wrong_is_found() {
    let Some(database) = TestDatabase::new() else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let path = file(&folder).await;
    let url = database.url();
    copy(Location::File(&path), at(&url), &sealer(), Use::AtRest)
        .await
        .unwrap();
    for (statement, undo, told) in [
        (
            "UPDATE log_heads SET length = length + 1",
            "UPDATE log_heads SET length = length - 1",
            "2 logs have gaps",
        ),
        (
            "UPDATE settings SET name = name || 'x' WHERE name = 'setting 7'",
            "UPDATE settings SET name = 'setting 7' WHERE name = 'setting 7x'",
            "settings.value: 1 sealed",
        ),
    ] {
        database.sql(statement);
        let found = check(at(&url), &sealer()).await.unwrap();
        assert!(
            found.problems.iter().any(|problem| problem.contains(told)),
            "{statement}: {:?}",
            found.problems
        );
        database.sql(undo);
    }
    assert_eq!(check(at(&url), &sealer()).await.unwrap().problems, [""; 0]);
}
