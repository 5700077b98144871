//! The network between a node and its database fails: at a commit, as a whole, or by being slow.

use std::time::{Duration, Instant};

use clausa_store::permit::Action;
use clausa_store::record::log::LogFilter;
use clausa_store::record::secret::Secret;
use clausa_store::{Store, StoreError};
use clausa_testkit::{Cut, PostgresServer, TestDatabase, TestNetwork, Weather};

use crate::conformance::world::*;
use crate::ledger::{Ledger, Writers, write};
use crate::{Postgres, commit, sealer};

/// Longer than any answer may take: ten seconds of a transaction, twelve of a commit, eight of asking afterwards.
const BOUND: Duration = Duration::from_secs(32);

struct Far {
    network: TestNetwork,
    store: Store,
    janet: Person,
    database: TestDatabase,
}

/// A store with a network between itself and its database; none without PostgreSQL.
async fn far() -> Option<Far> {
    PostgresServer::shared()?;
    Some(far_from(TestDatabase::new()?).await)
}

async fn far_from(database: TestDatabase) -> Far {
    let Postgres { store, database } = Postgres::open(database).await;
    let janet = janet(&store).await;
    store.close().await;
    let network = TestNetwork::before(&database);
    let store = Store::open_postgres(&network.url(), None, sealer())
        .await
        .unwrap();
    Far {
        network,
        store,
        janet,
        database,
    }
}

/// SEC-106: an answer that was lost is asked for; the transaction has exactly one effect, whatever became of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_was_lost_has_one_effect() {
    let Some(far) = far().await else { return };
    let mut told = Ledger::default();
    let late = Cut::Late(Duration::from_millis(400));
    for (round, cut) in [Cut::After, Cut::Before, late]
        .into_iter()
        .cycle()
        .take(9)
        .enumerate()
    {
        far.network.cut_next(cut);
        let cuts = far.network.cuts();
        told.write(&far.store, &far.janet, round.to_string()).await;
        assert_eq!(far.network.cuts(), cuts + 1, "{cut:?}");
        told.check(&far.database);
    }
    assert_eq!((told.written.len(), told.unknown), (9, 0), "{:?}", told.refused);
}

/// SEC-106: a database that crashes gives the numbers of transactions again of which it had written nothing; that another one
/// with the same number was committed says nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_that_was_given_twice_is_not_believed() {
    let Some(server) = PostgresServer::own() else {
        return;
    };
    server.sql("postgres", "ALTER SYSTEM SET wal_writer_delay = '10s'");
    server.sql("postgres", "SELECT pg_reload_conf()");
    let far = far_from(server.database()).await;
    let mut told = Ledger::default();
    told.write(&far.store, &far.janet, "before".to_owned()).await;
    // Its commit is on the way, and asked for, when the database crashes.
    far.network.cut_next(Cut::Late(Duration::from_secs(5)));
    let writing = tokio::spawn({
        let (store, janet) = (far.store.clone(), far.janet.clone());
        async move { write(&store, &janet, "lost".to_owned()).await }
    });
    let begun = Instant::now();
    while far.network.cuts() == 0 {
        assert!(begun.elapsed() < BOUND, "it does not commit");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    far.network.set(Weather::BlackHole);
    tokio::task::block_in_place(|| {
        server.crash();
        let numbers =
            "DO $$ BEGIN FOR i IN 1..100 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$";
        far.database.sql(numbers);
    });
    far.network.set(Weather::Fair);
    match writing.await.unwrap() {
        Ok(place) => told.written.push((place, "lost".to_owned())),
        Err(StoreError::Uncertain) => told.unknown += 1,
        Err(error) => told.refused.push(error),
    }
    told.check(&far.database);
}

/// The same for groups of transactions, on several nodes at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commits_cut_at_random_under_load_have_one_effect_each() {
    let Some(far) = far().await else { return };
    let other = Store::open_postgres(&far.network.url(), None, sealer())
        .await
        .unwrap();
    far.network.choose(|| match random::<1>()[0] {
        0..16 => Some(Cut::Before),
        16..32 => Some(Cut::After),
        32..40 => Some(Cut::Late(Duration::from_millis(60))),
        _ => None,
    });
    let stores = vec![
        far.store.for_tenant(far.janet.tenant()),
        other.for_tenant(far.janet.tenant()),
    ];
    let writers = Writers::start(24, stores, &far.janet);
    tokio::time::sleep(Duration::from_secs(5)).await;
    let told = writers.stop().await;
    told.check(&far.database);
    assert!(told.refused.is_empty() && told.unknown == 0, "{told:?}");
    let (cuts, written) = (far.network.cuts(), told.written.len());
    assert!(
        cuts > 10 && written > 100,
        "{cuts} cuts and {written} entries prove little"
    );
}

async fn read(store: &Store, janet: &Person) -> Result<usize, StoreError> {
    let filter = LogFilter {
        content: None,
        after: 0,
        limit: 1,
    };
    store
        .read_with("test", janet.in_tenant(Action::ReadLog), move |permit, tx| {
            Box::pin(async move { Ok(tx.log(permit, &filter).await?.len()) })
        })
        .await
}

/// A network that swallows everything is found out in bounded time, and then said at once; with it the store comes back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_swallows_everything_is_an_answer() {
    let Some(far) = far().await else { return };
    let writers = Writers::start(8, vec![far.store.clone()], &far.janet);
    tokio::time::sleep(Duration::from_millis(300)).await;
    read(&far.store, &far.janet).await.unwrap();
    far.network.set(Weather::BlackHole);
    let begun = Instant::now();
    let (read_answer, write_answer) = tokio::join!(
        read(&far.store, &far.janet),
        write(&far.store, &far.janet, "swallowed".to_owned())
    );
    assert!(begun.elapsed() < BOUND, "{:?}", begun.elapsed());
    for error in [read_answer.err().unwrap(), write_answer.err().unwrap()] {
        let is_named = matches!(error, StoreError::Unreachable(_) | StoreError::TooLong);
        assert!(is_named, "{error:?}");
    }
    // Known to be gone, it is not waited for again.
    let begun = Instant::now();
    assert!(write(&far.store, &far.janet, "soon".to_owned()).await.is_err());
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    far.network.set(Weather::Fair);
    let begun = Instant::now();
    while write(&far.store, &far.janet, "back".to_owned()).await.is_err() {
        assert!(begun.elapsed() < BOUND, "it does not come back");
    }
    read(&far.store, &far.janet).await.unwrap();
    let mut told = writers.stop().await;
    let back = far
        .database
        .sql("SELECT sequence FROM log WHERE correlation = 'back'");
    told.written.push((back.parse().unwrap(), "back".to_owned()));
    told.check(&far.database);
    assert!(!told.refused.is_empty() || told.unknown > 0);
}

/// A slow way costs time and nothing else; one that is too slow is given up by name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_way_loses_and_doubles_nothing() {
    let Some(far) = far().await else { return };
    far.network.set(Weather::Slow(Duration::from_millis(40)));
    let writers = Writers::start(8, vec![far.store.clone()], &far.janet);
    let begun = Instant::now();
    while writers.answered() < 3 {
        assert!(begun.elapsed() < BOUND, "nothing gets through");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    far.network.set(Weather::Slow(Duration::from_secs(6)));
    tokio::time::sleep(Duration::from_secs(10)).await;
    far.network.set(Weather::Fair);
    let begun = Instant::now();
    while read(&far.store, &far.janet).await.is_err() {
        assert!(begun.elapsed() < BOUND, "it does not come back");
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let told = writers.stop().await;
    told.check(&far.database);
    for error in &told.refused {
        let is_named = matches!(
            error,
            StoreError::Unreachable(_) | StoreError::TooLong | StoreError::Busy
        );
        assert!(is_named, "{error:?}");
    }
    assert!(!told.refused.is_empty(), "nothing was too slow");
}

/// A database that does not come to it says so: somebody holds a lock that everybody needs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_that_is_never_given_back_is_an_answer() {
    let Some(far) = far().await else { return };
    let mut told = Ledger::default();
    told.write(&far.store, &far.janet, "before".to_owned()).await;
    let (server, name) = (far.database.server(), far.database.name().to_owned());
    let holder = tokio::task::spawn_blocking(move || {
        server.sql(&name, "BEGIN; LOCK TABLE log; SELECT pg_sleep(13); COMMIT");
    });
    let held =
        "SELECT COUNT(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'log'::regclass";
    while far.database.sql(held) == "0" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let begun = Instant::now();
    let (read_answer, write_answer) = tokio::join!(
        read(&far.store, &far.janet),
        write(&far.store, &far.janet, "locked".to_owned())
    );
    assert!(
        matches!(read_answer, Err(StoreError::Busy | StoreError::TooLong)),
        "{read_answer:?}"
    );
    assert!(
        matches!(write_answer, Err(StoreError::Busy | StoreError::TooLong)),
        "{write_answer:?}"
    );
    assert!(begun.elapsed() < Duration::from_secs(13), "{:?}", begun.elapsed());
    holder.await.unwrap();
    told.write(&far.store, &far.janet, "after".to_owned()).await;
    assert_eq!(told.written.len(), 2);
    told.check(&far.database);
    let value = Secret::new(vec![2]);
    let store = &far.store;
    commit!(store, [value], |tx| tx.set_setting("a", value).await?);
}
