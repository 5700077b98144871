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
    let (probe, licence, list) = tokio::join!(
        ready(&house),
        janet.ask(&house, &file, LicencePurpose::Open),
        janet.get(&house, paths::TEMPLATES)
    );
    assert!(begun.elapsed() < BOUND, "{:?}", begun.elapsed());
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
