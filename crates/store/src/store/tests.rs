//! Two versions of the program on one database: the schema that this one knows, and one that a later one will have.

use std::path::Path;

use clausa_core::id::TenantId;
use clausa_core::random::{Randomness as _, SystemRandom};
use clausa_testkit::TestDatabase;
use zeroize::Zeroizing;

use super::Store;
use crate::error::StoreError;
use crate::migration::{Migration, newest};
use crate::permit::{Permit, SystemAct};
use crate::postgres::Postgres;
use crate::record::log::LogDraft;
use crate::record::micros::Micros;
use crate::record::secret::Secret;
use crate::record::tenant::{Plan, Tenant};
use crate::sealed::{KeyEncryptionKey, Sealer};
use crate::sqlite::Sqlite;

const NOW: Micros = Micros(1_795_000_000_000_000);

fn sealer() -> Sealer {
    Sealer::new(
        vec![KeyEncryptionKey::new(1, Zeroizing::new([7; 32]))],
        SystemRandom,
    )
    .unwrap()
}

/// A later program's migrations: a column and a table that the older one need not know, then one that takes something away
/// which the program in between does not use any more.
fn later(known: &[Migration]) -> [Vec<Migration>; 2] {
    let version = newest(known);
    let served = known.iter().map(|migration| migration.serves).max().unwrap_or(0);
    let adds = Migration {
        version: version + 1,
        name: "adds",
        serves: served,
        sql: "ALTER TABLE tenants ADD COLUMN motto TEXT; CREATE TABLE mottoes (motto TEXT NOT NULL PRIMARY KEY)",
    };
    let takes = Migration {
        version: version + 2,
        name: "takes away",
        serves: version + 1,
        sql: "DROP TABLE replays",
    };
    let mut next = known.to_vec();
    next.push(adds);
    let mut last = next.clone();
    last.push(takes);
    [next, last]
}

/// What a node does all day, as far as the other has to see it.
async fn work(writes: &Store, reads: &Store) {
    let mut id = [0; TenantId::LENGTH];
    SystemRandom.fill(&mut id).unwrap();
    let tenant = Tenant {
        id: TenantId::from_bytes(id),
        name: "Contoso".to_owned(),
        plan: Plan::Organisation,
        managed: false,
        personal: false,
        epoch: 0,
        groups: 0,
        successions: 0,
        created_at: NOW,
    };
    let permit = Permit::system(SystemAct::SignUp(tenant.id));
    let entry = LogDraft {
        at: NOW,
        request: "SignIn".to_owned(),
        ..LogDraft::default()
    };
    let setting = Secret::new(id.to_vec());
    writes
        .transact_with(
            "work",
            (permit, tenant.clone(), entry, setting),
            |(permit, tenant, entry, setting), tx| {
                Box::pin(async move {
                    tx.create_tenant(permit, tenant).await?;
                    tx.set_setting("work", setting).await?;
                    tx.append_log(permit, entry).await.map(drop)
                })
            },
        )
        .await
        .unwrap();
    let found = reads
        .read_with("look", (permit, tenant.id), |(_, id), tx| {
            Box::pin(async move {
                let setting = tx.setting("work").await?;
                Ok::<_, StoreError>((tx.find_tenant(*id).await?, setting))
            })
        })
        .await
        .unwrap();
    assert_eq!(found.0.unwrap().id, tenant.id);
    assert_eq!(found.1.unwrap().expose(), id);
}

fn refused<T>(opened: Result<T, StoreError>) -> StoreError {
    match opened {
        Err(error) => error,
        Ok(_) => panic!("it was opened"),
    }
}

fn open_file(path: &Path, known: &[Migration]) -> Result<Store, StoreError> {
    Sqlite::open_knowing(path, sealer(), known).map(Store::over)
}

#[tokio::test]
async fn both_work_on_one_file_until_something_is_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("authority.db");
    let known = crate::sqlite::MIGRATIONS;
    let [next, last] = later(known);
    let old = open_file(&path, known).unwrap();
    let new = open_file(&path, &next).unwrap();
    let restarted = open_file(&path, known).unwrap();
    for (one, other) in [(&old, &new), (&new, &old), (&restarted, &new), (&old, &restarted)] {
        work(one, other).await;
    }

    let told = refused(open_file(&path, &last));
    assert!(matches!(told, StoreError::InUse { .. }), "{told}");
    for (one, other) in [(&old, &new), (&new, &old)] {
        work(one, other).await;
    }
    for store in [old, new, restarted] {
        store.close().await;
    }
    let newest = open_file(&path, &last).unwrap();
    let told = refused(open_file(&path, known)).to_string();
    assert!(
        told.contains("and this one knows") && told.contains("update"),
        "{told}"
    );
    let between = open_file(&path, &next).unwrap();
    work(&newest, &between).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_work_on_one_server_until_something_is_taken_away() {
    let Some(database) = TestDatabase::new() else {
        return;
    };
    let url = database.url();
    let known = crate::postgres::migrations::MIGRATIONS;
    let [next, last] = later(known);
    let open = async |known: &[Migration]| {
        let opened = Postgres::open_knowing(&url, None, sealer(), known).await;
        opened.map(Store::over)
    };
    let old = open(known).await.unwrap();
    work(&old, &old).await;
    let new = open(&next).await.unwrap();
    let restarted = open(known).await.unwrap();
    for (one, other) in [(&old, &new), (&new, &old), (&restarted, &new), (&old, &restarted)] {
        work(one, other).await;
    }

    // An older node is connected, and says what it knows.
    let told = refused(open(&last).await);
    assert!(
        matches!(&told, StoreError::InUse { reason } if reason.contains(&format!("schema {}", newest(known)))),
        "{told}"
    );
    work(&old, &new).await;
    old.close().await;
    restarted.close().await;
    gone(&database, newest(known)).await;
    // The one in between may stay.
    let newest = open(&last).await.unwrap();
    work(&newest, &new).await;
    work(&new, &newest).await;
    let told = refused(open(known).await).to_string();
    assert!(
        told.contains("and this one knows") && told.contains("update"),
        "{told}"
    );
}

/// A server notices the end of a connection a moment later.
async fn gone(database: &TestDatabase, version: u32) {
    let count = format!(
        "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'clausa/{version}' AND datname = current_database()"
    );
    while database.sql(&count) != "0" {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
