//! Several nodes take the entries of one log into its tree at the same time.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use clausa_api::paths;
use clausa_server::usecase::log_tree;

use crate::support::{House, Person};

async fn checkpoint(house: &House, person: &Person) -> Option<(u64, String)> {
    let answer = person.get(house, paths::LOG_CHECKPOINT).await;
    let note = String::from_utf8(answer.body).unwrap();
    if answer.status != 200 {
        return None;
    }
    let mut lines = note.lines().skip(1);
    Some((lines.next()?.parse().unwrap(), lines.next()?.to_owned()))
}

/// SEC-141: no two checkpoints of one size disagree, no entry is left out, and the tree only grows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_sequence_one_log_agree() {
    let Some(first) = House::over_postgres().await else {
        return;
    };
    let janet = Arc::new(first.person("janet@contoso.example").await);
    let nodes = [
        Arc::new(first.another_node().await),
        Arc::new(first.another_node().await),
        Arc::new(first),
    ];
    for node in &nodes {
        node.clock.advance_seconds(1);
    }
    let stop = Arc::new(AtomicBool::new(false));
    let mut growing = tokio::task::JoinSet::new();
    for node in &nodes {
        let (node, stop, tenant) = (Arc::clone(node), Arc::clone(&stop), janet.tenant);
        growing.spawn(async move {
            let mut grown = 0;
            while !stop.load(SeqCst) {
                grown += usize::from(
                    log_tree::grow(node.authority.state(), tenant)
                        .await
                        .unwrap()
                        .is_some(),
                );
            }
            grown
        });
    }
    let mut looking = tokio::task::JoinSet::new();
    for turn in 0..6 {
        let (node, janet) = (Arc::clone(&nodes[turn % 3]), Arc::clone(&janet));
        looking.spawn(async move {
            let mut seen = Vec::new();
            for _ in 0..25 {
                // Each call writes an entry.
                assert!(janet.get(&node, paths::TEMPLATES).await.status.is_success());
                seen.extend(checkpoint(&node, &janet).await);
            }
            seen
        });
    }
    let seen = looking.join_all().await;
    stop.store(true, SeqCst);
    let grown = growing.join_all().await;
    let mut roots: HashMap<u64, String> = HashMap::new();
    for seen in seen {
        assert!(seen.is_sorted_by_key(|(size, _)| *size), "a tree shrank");
        for (size, root) in seen {
            let known = roots.entry(size).or_insert_with(|| root.clone());
            assert_eq!(*known, root, "two trees of {size} entries");
        }
    }
    for node in &nodes {
        log_tree::grow(node.authority.state(), janet.tenant)
            .await
            .unwrap();
    }
    let left = nodes[0]
        .count("SELECT (SELECT MAX(sequence) FROM log) - (SELECT MAX(size) FROM log_trees)")
        .await;
    assert_eq!(left, 0, "entries are left out");
    let gaps = nodes[0].count("SELECT MAX(sequence) - COUNT(*) FROM log").await;
    assert_eq!(gaps, 0);
    assert!(roots.len() > 10, "{} sizes prove little", roots.len());
    assert!(
        grown.iter().all(|grown| *grown > 0),
        "{grown:?}: one did all of it"
    );
}
