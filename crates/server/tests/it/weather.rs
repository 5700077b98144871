//! The network between a node and its database, and the database itself, are in a state that nobody wants.
#![cfg(unix)]

use std::time::{Duration, Instant};

use clausa_api::licence::LicencePurpose;
use clausa_api::{ProblemType, paths};
use clausa_testkit::{Cut, TestNetwork, Weather};

use crate::support::{Answer, Database, House};

/// Longer than any answer may take: a request's limit.
const BOUND: Duration = Duration::from_secs(31);

struct Far {
    house: House,
    network: TestNetwork,
}

/// A node with a network between itself and its database; none without PostgreSQL.
async fn far() -> Option<Far> {
    let near = House::over_postgres().await?;
    let Database::Postgres(database) = near.database.clone() else {
        panic!("it is over PostgreSQL");
    };
    let network = TestNetwork::before(&database);
    let house = near.another_node_at(network.url()).await;
    near.authority.shutdown().await;
    Some(Far { house, network })
}

async fn ready(house: &House) -> Answer {
    let request = axum::http::Request::get(paths::HEALTH_READY).body(axum::body::Body::empty());
    house.send(request.unwrap()).await
}

/// A node whose database cannot be reached says so in bounded time, is not ready, and comes back by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_network_swallows_everything_is_not_ready_and_comes_back() {
    let Some(Far { house, network }) = far().await else {
        return;
    };
    let janet = house.person("janet@contoso.example").await;
    let file = janet.publish(&house, &janet.policy(&[])).await;
    janet.open(&house, &file).await;
    assert_eq!(ready(&house).await.status, 204);
    network.set(Weather::BlackHole);
    let begun = Instant::now();
    let (licence, list) = tokio::join!(
        janet.ask(&house, &file, LicencePurpose::Open),
        janet.get(&house, paths::TEMPLATES)
    );
    assert!(begun.elapsed() < BOUND, "{:?}", begun.elapsed());
    // What the probe found out holds for some seconds.
    let begun = Instant::now();
    let mut probe = ready(&house).await;
    while probe.status == 204 {
        assert!(begun.elapsed() < BOUND, "it stays ready");
        tokio::time::sleep(Duration::from_millis(100)).await;
        probe = ready(&house).await;
    }
    for answer in [&probe, &licence, &list] {
        answer.refused(ProblemType::Unavailable);
        assert!(answer.headers.contains_key("retry-after"));
    }
    network.set(Weather::Fair);
    let begun = Instant::now();
    while ready(&house).await.status != 204 {
        assert!(begun.elapsed() < BOUND, "it does not come back");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    janet.open(&house, &file).await;
}

/// SEC-106 to the end: a licence whose commit was cut is one licence with one entry, or none with none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_licence_whose_commit_was_cut_is_recorded_once() {
    let Some(Far { house, network }) = far().await else {
        return;
    };
    let janet = house.person("janet@contoso.example").await;
    let file = janet.publish(&house, &janet.policy(&[])).await;
    janet.open(&house, &file).await;
    for cut in [Cut::After, Cut::Before, Cut::Late(Duration::from_millis(300))] {
        let before = house.count("SELECT COUNT(*) FROM licences").await;
        network.cut_next(cut);
        janet.open(&house, &file).await;
        assert_eq!(
            house.count("SELECT COUNT(*) FROM licences").await,
            before + 1,
            "{cut:?}"
        );
        let entries = "SELECT COUNT(*) FROM log WHERE request = 'AcquireLicense' AND result = 'Success'";
        assert_eq!(house.count(entries).await, before + 1, "{cut:?}");
    }
    assert_eq!(network.cuts(), 3);
}

/// SEC-106: without space for the record there is no licence, and both come back by themselves.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_without_space_gives_no_licences_and_loses_none() {
    let Some(disk) = clausa_testkit::TestDisk::new() else {
        return;
    };
    let house = House::over(disk.database()).await;
    let janet = house.person("janet@contoso.example").await;
    let file = janet.publish(&house, &janet.policy(&[])).await;
    janet.open(&house, &file).await;
    let mut given = house.count("SELECT COUNT(*) FROM licences").await;
    disk.fill();
    let refused = loop {
        house.clock.advance_seconds(1);
        let answer = janet.ask(&house, &file, LicencePurpose::Open).await;
        if !answer.status.is_success() {
            break answer;
        }
        given += 1;
        assert!(given < 1_000, "so many fit into no page");
    };
    let problem = refused.refused(ProblemType::Unavailable);
    assert!(
        problem
            .detail
            .is_some_and(|detail| detail.contains("no space is left"))
    );
    assert!(refused.headers.contains_key("retry-after"));
    for _ in 0..20 {
        house.clock.advance_seconds(1);
        let again = janet.ask(&house, &file, LicencePurpose::Open).await;
        again.refused(ProblemType::Unavailable);
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM licences").await, given);
    disk.free();
    janet.open(&house, &file).await;
    assert_eq!(house.count("SELECT COUNT(*) FROM licences").await, given + 1);
    let entries = "SELECT COUNT(*) FROM log WHERE request = 'AcquireLicense' AND result = 'Success'";
    assert_eq!(house.count(entries).await, given + 1);
    let gaps = house.count("SELECT MAX(sequence) - COUNT(*) FROM log").await;
    assert_eq!(gaps, 0);
}

/// SEC-106: without space for its write-ahead log PostgreSQL stops altogether, and nothing is lost or half done.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_ahead_log_without_space_loses_nothing() {
    let Some(disk) = clausa_testkit::TestDisk::new() else {
        return;
    };
    let house = House::over(disk.database()).await;
    let Database::Postgres(database) = house.database.clone() else {
        panic!("it is over PostgreSQL");
    };
    let janet = house.person("janet@contoso.example").await;
    let file = janet.publish(&house, &janet.policy(&[])).await;
    janet.open(&house, &file).await;
    let mut given = house.count("SELECT COUNT(*) FROM licences").await;
    disk.fill_log();
    // Each change after that begins another file of the log; some are kept in stock.
    let files: String = (0..12)
        .map(|number| format!("SELECT pg_switch_wal(); CREATE TABLE more{number} (); "))
        .collect();
    let ended = tokio::task::block_in_place(|| database.background(&files).wait());
    assert!(!ended.unwrap().success(), "there was space");
    house.clock.advance_seconds(1);
    let refused = janet.ask(&house, &file, LicencePurpose::Open).await;
    refused.refused(ProblemType::Unavailable);
    assert!(refused.headers.contains_key("retry-after"));
    tokio::task::block_in_place(|| disk.free_log());
    let begun = Instant::now();
    loop {
        house.clock.advance_seconds(1);
        let answer = janet.ask(&house, &file, LicencePurpose::Open).await;
        if answer.status.is_success() {
            break;
        }
        assert!(begun.elapsed() < BOUND, "it does not come back");
    }
    given += 1;
    assert_eq!(house.count("SELECT COUNT(*) FROM licences").await, given);
    let entries = "SELECT COUNT(*) FROM log WHERE request = 'AcquireLicense' AND result = 'Success'";
    assert_eq!(house.count(entries).await, given);
    let gaps = house.count("SELECT MAX(sequence) - COUNT(*) FROM log").await;
    assert_eq!(gaps, 0);
}

/// A database that was made read-only, as one that takes over from another may be for a while.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_may_only_be_read_gives_no_licences_until_it_may_be_written() {
    let Some(house) = House::over_postgres().await else {
        return;
    };
    let Database::Postgres(database) = house.database.clone() else {
        panic!("it is over PostgreSQL");
    };
    let janet = house.person("janet@contoso.example").await;
    let file = janet.publish(&house, &janet.policy(&[])).await;
    janet.open(&house, &file).await;
    let licences = house.count("SELECT COUNT(*) FROM licences").await;
    let make = |read_only: &str| {
        let (server, name) = (database.server(), database.name());
        for statement in [
            format!("ALTER DATABASE {name} SET default_transaction_read_only = {read_only}"),
            format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"),
        ] {
            server.sql("postgres", &statement);
        }
    };
    make("on");
    let begun = Instant::now();
    loop {
        // The first may meet the connections that were ended.
        let answer = janet.ask(&house, &file, LicencePurpose::Open).await;
        let detail = answer.refused(ProblemType::Unavailable).detail;
        if detail.is_some_and(|detail| detail.contains("cannot write its records")) {
            assert!(answer.headers.contains_key("retry-after"));
            break;
        }
        assert!(begun.elapsed() < BOUND, "it does not say why");
    }
    make("off");
    while !janet
        .ask(&house, &file, LicencePurpose::Open)
        .await
        .status
        .is_success()
    {
        assert!(begun.elapsed() < 2 * BOUND, "it does not come back");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM licences").await, licences + 1);
}
