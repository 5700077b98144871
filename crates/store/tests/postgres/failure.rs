//! The database goes away, comes back, fills up, or is not there at all.

use std::time::{Duration, Instant};

use clausa_store::permit::Action;
use clausa_store::record::log::LogFilter;
use clausa_store::record::secret::Secret;
use clausa_store::{Store, StoreError};
use clausa_testkit::{PostgresServer, TestDatabase};

use crate::conformance::world::*;
use crate::ledger::Writers;
use crate::{Postgres, commit, look, sealer};

/// SEC-106: what was answered is there after every crash, the log has no gap, and the store comes back by itself. Whatever
/// was refused was kept at most where the answer says that this is not known.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_survive_a_database_that_crashes_under_load() {
    let Some(server) = PostgresServer::own() else {
        return;
    };
    let fixture = Postgres::open(server.database()).await;
    let store = &fixture.store;
    let janet = janet(store).await;
    let writers = Writers::start(16, vec![store.clone()], &janet);
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(700)).await;
        tokio::task::spawn_blocking(|| server.crash()).await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(700)).await;
    let told = writers.stop().await;
    told.check(&fixture.database);
    assert!(
        told.written.len() > 100,
        "{} answers prove little",
        told.written.len()
    );
}

/// A database that is not there is said plainly and soon, by an open store too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_gone_is_an_answer() {
    let nobody = Store::open_postgres("postgres://clausa@127.0.0.1:1/clausa", None, sealer()).await;
    assert!(matches!(nobody, Err(StoreError::Unreachable(_))));

    let Some(database) = TestDatabase::new() else {
        return;
    };
    let store = Store::open_postgres(&database.url(), None, sealer())
        .await
        .unwrap();
    database.server().sql(
        "postgres",
        &format!("ALTER DATABASE {} ALLOW_CONNECTIONS false", database.name()),
    );
    database.server().sql(
        "postgres",
        &format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
            database.name()
        ),
    );
    let begun = Instant::now();
    let write = store
        .transact("test", |tx| {
            Box::pin(async move { tx.set_setting("a", &Secret::new(vec![1])).await })
        })
        .await;
    let read = store
        .read("test", |tx| Box::pin(async move { tx.setting("a").await }))
        .await;
    assert!(write.is_err() && read.is_err());
    assert!(begun.elapsed() < Duration::from_secs(20));
    database.server().sql(
        "postgres",
        &format!("ALTER DATABASE {} ALLOW_CONNECTIONS true", database.name()),
    );
    let value = Secret::new(vec![2]);
    commit!(store, [value], |tx| tx.set_setting("a", value).await?);
    assert!(look!(store, [], |tx| tx.setting("a").await?).is_some());
}

/// A database that its operator made read-only is read, and says so when it should write.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_does_not_write_is_an_answer() {
    let Some(database) = TestDatabase::new() else {
        return;
    };
    let fixture = Postgres::open(database).await;
    let janet = janet(&fixture.store).await;
    let name = fixture.database.name().to_owned();
    fixture.database.server().sql(
        "postgres",
        &format!("ALTER DATABASE {name} SET default_transaction_read_only = on"),
    );
    let reader = Store::open_postgres(&fixture.database.url(), None, sealer()).await;
    // The schema is up to date, so that nothing has to be written to open it.
    let reader = reader.unwrap();
    let permit = janet.in_tenant(Action::ReadLog);
    let filter = LogFilter {
        content: None,
        after: 0,
        limit: 1,
    };
    assert!(look!(reader, [permit, filter], |tx| tx.log(permit, filter).await?).is_empty());
    let write = reader
        .transact("test", |tx| {
            Box::pin(async move { tx.set_setting("a", &Secret::new(vec![1])).await })
        })
        .await;
    assert!(matches!(write, Err(StoreError::ReadOnly)), "{write:?}");
}
