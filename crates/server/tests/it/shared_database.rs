//! A database that nodes share: read-only, asked beforehand, and behind a wrong clock.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request;
use clausa_api::paths;
use clausa_core::time::Clock;
use clausa_server::rehearsal::{Finding, rehearse};
use clausa_server::{Authority, Config, StartError};
use clausa_testkit::TestDatabase;

use crate::support::{Database, House, StillClock};

async fn status(house: &House, path: &str) -> u16 {
    let request = Request::get(path).body(Body::empty()).unwrap();
    house.send(request).await.status.as_u16()
}

/// What it becomes within a few seconds: an answer holds for some time.
async fn becomes_ready(house: &House, expected: u16) {
    let begun = Instant::now();
    while status(house, paths::HEALTH_READY).await != expected {
        assert!(begun.elapsed() < Duration::from_secs(30), "never {expected}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// SEC-106: a database that only reads is of no use, however well it answers.
#[tokio::test]
async fn a_read_only_database_is_not_ready() {
    let Some(house) = House::over_postgres().await else {
        return;
    };
    becomes_ready(&house, 204).await;
    let Database::Postgres(database) = &house.database else {
        panic!("not PostgreSQL");
    };
    let name = database.name();
    let set = |value: &str| {
        database.sql(&format!(
            "ALTER ROLE clausa IN DATABASE {name} SET default_transaction_read_only = {value}; \
             SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
        ));
    };
    set("on");
    becomes_ready(&house, 503).await;
    assert_eq!(status(&house, paths::HEALTH_LIVE).await, 204);
    set("off");
    becomes_ready(&house, 204).await;
}

/// Asking often costs one small write every few seconds.
#[tokio::test]
async fn probes_do_not_write_each_time() {
    let house = House::open().await;
    becomes_ready(&house, 204).await;
    let before = house.authority.store().statistics().transactions;
    for _ in 0..200 {
        assert_eq!(status(&house, paths::HEALTH_READY).await, 204);
    }
    let probes = house.authority.store().statistics().transactions - before;
    assert!(probes < 20, "{probes}");
}

fn keys(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.key.as_str()).collect()
}

/// What keeps a node from starting is said beforehand, and nothing is changed by saying it.
#[tokio::test]
async fn a_node_over_postgresql_is_rehearsed() {
    let Some(database) = TestDatabase::new() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::loopback(folder.path().join("data"));
    config.data.database = Some(database.url());
    let clock = Arc::new(StillClock::new());
    assert_eq!(rehearse(&config, &*clock).await, []);
    let tables = "SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(database.sql(tables), "0", "nothing is made");

    let authority = Authority::start(config.clone(), clock.clone()).await.unwrap();
    config.server.origin = Some(authority.origin().clone());
    assert_eq!(rehearse(&config, &*clock).await, []);
    authority.shutdown().await;

    let url = database.url();
    for (wrong, told) in [
        (url.replace(database.name(), "nobodys"), "does not exist"),
        (url.replace("//clausa@", "//nobody_at_all@"), "does not exist"),
        (url.replace("//clausa@", "//postgres@"), "superuser"),
        ("postgres://clausa@127.0.0.1:1/clausa".to_owned(), "reached"),
    ] {
        let mut config = config.clone();
        config.data.database = Some(wrong);
        let found = rehearse(&config, &*clock).await;
        assert_eq!(keys(&found), ["data.database"], "{found:?}");
        assert!(found[0].text.contains(told), "{found:?}");
    }
    let mut other = config.clone();
    other.data.folder = folder.path().join("other");
    assert_eq!(keys(&rehearse(&other, &*clock).await), ["data.folder"]);
    crate::support::copy_keys(&config.data.folder.join("keys"), &other.data.folder.join("keys"));
    assert_eq!(rehearse(&other, &*clock).await, []);
    let origin = other
        .server
        .origin
        .replace("https://rights.contoso.example".parse().unwrap());
    let found = rehearse(&other, &*clock).await;
    assert!(found[0].text.contains("the nodes that share"), "{found:?}");
    other.server.origin = origin;
    std::fs::write(other.data.folder.join("keys/pepper"), [9; 32]).unwrap();
    let found = rehearse(&other, &*clock).await;
    assert!(found[0].text.contains("with other keys"), "{found:?}");

    database.sql(
        "INSERT INTO schema_migrations SELECT MAX(version) + 1, 'newer', '\\x00' FROM schema_migrations",
    );
    let found = rehearse(&config, &*clock).await;
    assert!(found[0].text.contains("schema is unknown"), "{found:?}");
    assert_eq!(keys(&found), ["data.database"]);
}

/// So many seconds behind the tests' clock.
struct Behind(u64);
impl Clock for Behind {
    fn micros(&self) -> u64 {
        StillClock::new().micros() - self.0 * 1_000_000
    }
}

/// SEC-151 over PostgreSQL, where one sees one organisation's rows at a time.
#[tokio::test]
async fn a_clock_behind_the_log_is_refused_over_postgresql_too() {
    let Some(house) = House::over_postgres().await else {
        return;
    };
    let janet = house.person("janet@contoso.example").await;
    let policy = janet.policy(&[]);
    let file = janet.publish(&house, &policy).await;
    janet.open(&house, &file).await;
    let mut config = house.authority.state().config().clone();
    config.server.listen.set_port(0);
    config.server.origin = Some(house.authority.origin().clone());
    let behind = Authority::start(config.clone(), Arc::new(Behind(90_000)))
        .await
        .err();
    assert!(
        matches!(behind, Some(StartError::ClockBehind { .. })),
        "{behind:?}"
    );
    assert_eq!(
        keys(&rehearse(&config, &Behind(90_000)).await),
        ["the system's clock"]
    );
    let within = Authority::start(config, Arc::new(Behind(80_000))).await.unwrap();
    within.shutdown().await;
}
