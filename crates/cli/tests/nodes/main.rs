//! Three real nodes over a real PostgreSQL, behind something that spreads connections over those that are ready, and real
//! clients: what one node answered holds on the others, whatever happens to nodes and database.
//!
//! `CLAUSA_CASES` is how many calls the history has (10 000 when not set), `CLAUSA_NODES_SECONDS` how long nodes and database
//! are killed (25) or nodes are replaced one by one (15).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(
    clippy::print_stdout,
    reason = "figures, for whoever runs it with --nocapture"
)]
#![cfg(all(unix, feature = "server"))]

mod cluster;
mod front;
mod history;
mod load;
mod people;

use std::time::Duration;

use cluster::Cluster;
use load::Load;
use tokio::sync::Mutex;

/// One at a time: they share the machine's processors, and a node that gets none looks like one that is gone.
static TURN: Mutex<()> = Mutex::const_new(());
/// As often as somebody asks who outlasts a crash of the database, with the pauses in between.
const PERSISTENT: u32 = 20;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

/// SEC-98 over HTTP: after a revocation was answered, no node issues a licence.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_licence_follows_an_answered_revocation_on_any_node() {
    let _turn = TURN.lock().await;
    let calls = number("CLAUSA_CASES", 10_000);
    let Some(cluster) = Cluster::start(0, 1).await else {
        return;
    };
    let load = Load::gather(&cluster, calls / load::CALLS_A_FILE).await;
    let mut running = load.start();
    running.wait_for(calls).await;
    let history = running.stop().await;
    history.check(&cluster, true);
    assert_eq!(history.failed(), 0, "{:?}", history.failures);
}

/// SEC-106: nodes are killed, and their database with them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_nodes_and_database_are_killed() {
    let _turn = TURN.lock().await;
    let seconds = number("CLAUSA_NODES_SECONDS", 25);
    let Some(mut cluster) = Cluster::start(0, PERSISTENT).await else {
        return;
    };
    let load = Load::gather(&cluster, seconds).await;
    let newcomers = people::Newcomers::start(&cluster, 4);
    let running = load.start();
    let troubles = cluster.trouble(Duration::from_secs(seconds)).await;
    let history = running.stop().await;
    let told = newcomers.stop().await;
    println!("{troubles}; {told}");
    history.check(&cluster, false);
    assert_eq!(
        history.failed(),
        0,
        "clients try again by themselves: {:?}",
        history.failures
    );
    told.check(&cluster);
}

/// Nodes are stopped as an operator does and started again, one after the other: no request fails.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_are_replaced_one_by_one_and_no_request_fails() {
    let _turn = TURN.lock().await;
    let seconds = number("CLAUSA_NODES_SECONDS", 15);
    let Some(mut cluster) = Cluster::start(2, 1).await else {
        return;
    };
    let load = Load::gather(&cluster, seconds).await;
    let running = load.start();
    let replaced = cluster.replace_in_turn(Duration::from_secs(seconds)).await;
    let history = running.stop().await;
    println!("{replaced} nodes replaced");
    history.check(&cluster, false);
    assert_eq!(history.failed(), 0, "{:?}", history.failures);
    assert!(replaced >= 3);
}
