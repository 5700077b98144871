//! Checking a database through, copying it while it is used, and what happens when its disk is full.

use clausa_core::random::SystemRandom;
use clausa_store::permit::Action;
use clausa_store::record::log::LogDraft;
use clausa_store::upkeep::{Location, check, copy_sqlite, schema};
use clausa_store::{KeyEncryptionKey, Sealer, Store, StoreError};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::conformance::Fixture as _;
use crate::conformance::world::{NOW, Person, janet, random, stored_tenant, system};
use crate::{Sqlite, commit, look, sealer};

/// A closed database with a few entries in Janet's log, and a setting.
async fn written() -> Sqlite {
    let fixture = Sqlite::new().await;
    let store = &fixture.store;
    let janet = janet(store).await;
    let (permit, entry) = (janet.own(Action::ReadIdentity), janet.entry("SignIn"));
    for _ in 0..3 {
        commit!(store, [permit, entry], |tx| tx.append_log(permit, entry).await?);
    }
    let value = clausa_store::record::secret::Secret::new(random::<16>().to_vec());
    commit!(store, [value], |tx| tx.set_setting("test", value).await?);
    let (own, id) = (system(janet.tenant()), janet.id());
    commit!(store, [own, id, value], |tx| tx
        .set_password_hash(own, *id, Some(value))
        .await?);
    store.close().await;
    fixture
}

async fn alter(fixture: &Sqlite, statement: &'static str) {
    let options = SqliteConnectOptions::new()
        .filename(fixture.path())
        .foreign_keys(false);
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_sound_database_has_no_problems() {
    let fixture = written().await;
    let before = std::fs::read(fixture.path()).unwrap();
    let found = check(Location::File(&fixture.path()), &sealer()).await.unwrap();
    assert_eq!(found.problems, [""; 0]);
    assert_eq!(
        std::fs::read(fixture.path()).unwrap(),
        before,
        "looking changes nothing"
    );
    assert_eq!((found.tenants, found.log_entries, found.pending), (1, 3, 0));
    assert_eq!(found.sealed_values, 2);
    assert_eq!(
        schema(Location::File(&fixture.path())).await.unwrap(),
        (found.schema, 0)
    );
}

#[tokio::test]
async fn what_is_wrong_is_found() {
    for (statement, told) in [
        ("UPDATE settings SET value = zeroblob(40)", "settings.value"),
        (
            "UPDATE accounts SET password_hash = (SELECT value FROM settings)",
            "accounts.password_hash",
        ),
        ("UPDATE log_heads SET length = length + 1", "longer or shorter"),
        ("UPDATE log_heads SET length = length - 1", "longer or shorter"),
        (
            "DROP TRIGGER log_is_never_cut; DELETE FROM log WHERE sequence = 2",
            "gaps",
        ),
        (
            "DROP TRIGGER log_is_never_cut; DELETE FROM log WHERE sequence = 3",
            "gaps",
        ),
        ("DELETE FROM log_heads", "no head"),
        (
            "DROP TRIGGER log_is_never_changed; UPDATE log SET written_at = written_at - sequence",
            "older than the entry before",
        ),
        (
            "UPDATE addresses SET tenant = zeroblob(16)",
            "a row of addresses refers",
        ),
    ] {
        let fixture = written().await;
        alter(&fixture, statement).await;
        let found = check(Location::File(&fixture.path()), &sealer()).await.unwrap();
        assert!(
            found.problems.iter().any(|problem| problem.contains(told)),
            "{statement}: {:?}",
            found.problems
        );
    }
    let fixture = written().await;
    let other = KeyEncryptionKey::new(1, Zeroizing::new([8; 32]));
    let stranger = Sealer::new(vec![other], SystemRandom).unwrap();
    let found = check(Location::File(&fixture.path()), &stranger).await.unwrap();
    assert_eq!((found.problems.len(), found.sealed_values), (2, 0));
}

/// Every sealed column is looked at: the schema marks them.
#[tokio::test]
async fn every_sealed_column_is_checked() {
    let migrations = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    let mut marked = Vec::new();
    for entry in std::fs::read_dir(migrations).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let mut table = String::new();
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("CREATE TABLE ") {
                table = name.split([' ', '(']).next().unwrap().to_owned();
            }
            if line
                .split_once("--")
                .is_some_and(|(_, remark)| remark.trim().starts_with("sealed"))
            {
                let column = line.split_whitespace().next().unwrap();
                marked.push((format!("\"{table}\" "), format!("\"{column}\";")));
            }
        }
    }
    let checked = include_str!("../../src/whole/table.rs");
    assert!(marked.len() >= 7, "{marked:?}");
    for (table, column) in marked {
        let is_checked = |line: &str| line.trim().starts_with(&table) && line.ends_with(&column);
        assert!(checked.lines().any(is_checked), "{table}{column} is not checked");
    }
}

#[tokio::test]
async fn a_page_that_was_overwritten_is_found() {
    use std::io::{Seek as _, SeekFrom, Write as _};
    let fixture = written().await;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .open(fixture.path())
        .unwrap();
    file.seek(SeekFrom::Start(4096 * 7 + 5)).unwrap();
    file.write_all(&[0xff; 64]).unwrap();
    let found = check(Location::File(&fixture.path()), &sealer()).await;
    assert!(found.is_err() || !found.unwrap().problems.is_empty());
}

#[tokio::test]
async fn a_copy_taken_under_load_is_whole() {
    let fixture = Sqlite::new().await;
    let store = fixture.store.clone();
    let janet = janet(&store).await;
    let (permit, entry) = (janet.own(Action::ReadIdentity), janet.entry("SignIn"));
    let writing = tokio::spawn(async move {
        for _ in 0..400 {
            commit!(store, [permit, entry], |tx| tx.append_log(permit, entry).await?);
        }
    });
    let target = fixture.folder.path().join("copy.db");
    let mut taken = Vec::new();
    while !writing.is_finished() || taken.is_empty() {
        copy_sqlite(&fixture.path(), &target).await.unwrap();
        let found = check(Location::File(&target), &sealer()).await.unwrap();
        assert_eq!(found.problems, [""; 0]);
        taken.push(found.log_entries);
        assert!(
            copy_sqlite(&fixture.path(), &target).await.is_err(),
            "never over another file"
        );
        std::fs::remove_file(&target).unwrap();
    }
    writing.await.unwrap();
    assert!(taken.is_sorted(), "{taken:?}");
    copy_sqlite(&fixture.path(), &target).await.unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(
            std::fs::metadata(&target).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    let copy = Store::open_sqlite(&target, sealer()).await.unwrap();
    let newest = copy
        .read("test", |tx| Box::pin(async move { tx.newest_log_time().await }))
        .await
        .unwrap();
    assert!(newest.is_some());
    copy.close().await;
}

#[tokio::test]
async fn the_newest_log_entry_of_all_is_known() {
    let fixture = Sqlite::new().await;
    let store = &fixture.store;
    let newest = async || look!(store, [], |tx| tx.newest_log_time().await?);
    assert_eq!(newest().await, None);
    let janet = janet(store).await;
    let elsewhere = stored_tenant(store).await;
    let stranger = Person::stored(store, elsewhere, "eve@mail.example").await;
    for (person, at) in [(&janet, NOW.plus_seconds(7)), (&stranger, NOW)] {
        let entry = LogDraft {
            at,
            ..person.entry("SignIn")
        };
        let permit = person.own(Action::ReadIdentity);
        commit!(store, [permit, entry], |tx| tx.append_log(permit, entry).await?);
    }
    assert_eq!(newest().await, Some(NOW.plus_seconds(7)));
}

#[tokio::test]
async fn what_is_no_authoritys_database_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("authority.db");
    assert!(check(Location::File(&path), &sealer()).await.is_err());
    assert!(!path.exists(), "looking makes nothing");
    for content in [
        "",
        "not a database at all, but long enough to be taken for one: 0123456789",
    ] {
        std::fs::write(&path, content).unwrap();
        assert!(check(Location::File(&path), &sealer()).await.is_err());
        assert!(copy_sqlite(&path, &folder.path().join("copy.db")).await.is_err());
        assert!(!folder.path().join("copy.db").exists());
    }
    let fixture = written().await;
    alter(
        &fixture,
        "INSERT INTO schema_migrations VALUES (99, 'of a newer version', x'00', NULL)",
    )
    .await;
    assert!(matches!(
        check(Location::File(&fixture.path()), &sealer()).await,
        Err(StoreError::UnknownSchema { .. })
    ));
}
