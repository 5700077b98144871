//! SEC-140 across nodes: several sequencers put one log into one tree while it is being written.
//!
//! Each node has its own, and two may come to one log at the same time. However they meet: no size is signed for twice, each
//! checkpoint is the tree over exactly the entries that came first, and the stored hashes are those of the entries.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use clausa_core::hazmat::backends::sha256;
use clausa_store::record::log_tree::Grown;
use clausa_store::{Permit, Store, StoreError};

use crate::Postgres;
use crate::conformance::Fixture as _;
use crate::conformance::world::*;
use crate::ledger::Writers;
use crate::nodes::nodes;

/// Sequencers of each node; a node has one, and here they shall meet often.
const SEQUENCERS: usize = 2;
/// Who writes entries at the same time.
const WRITERS: usize = 12;
/// Checkpoints after which it has been seen often enough.
const ENOUGH: usize = 120;
/// Only a defect lasts so long.
const PATIENCE: Duration = Duration::from_secs(60);

type Hash = [u8; 32];

/// What came of one try.
type Signed = Result<Option<Grown>, StoreError>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sequencers_of_three_nodes_make_one_tree_while_the_log_grows() {
    if !Postgres::is_there() {
        return;
    }
    let fixture = Postgres::new().await;
    let nodes = nodes(&fixture).await;
    let janet = janet(&fixture.store).await;
    let permit = system(janet.tenant());
    let writers = Writers::start(WRITERS, nodes.to_vec(), &janet);
    let count = Arc::new(AtomicUsize::new(0));
    let signed = at_once(3 * SEQUENCERS, |index| {
        let (store, count) = (nodes[index % 3].clone(), Arc::clone(&count));
        async move { sequence(&store, permit, index, &count).await }
    })
    .await;
    let told = writers.stop().await;
    told.check(&fixture.database);

    let mut roots: BTreeMap<u64, Hash> = BTreeMap::new();
    let mut checkpoints = 0;
    for outcome in signed.into_iter().flatten() {
        match outcome {
            Ok(None) => {}
            Ok(Some(grown)) => {
                checkpoints += 1;
                let before = roots.insert(grown.size, grown.root);
                assert!(before.is_none(), "a size is signed for twice: {}", grown.size);
            }
            // They hold each other up, and none of them finds anything wrong.
            Err(error) => assert!(matches!(error, StoreError::Busy), "{error:?}"),
        }
    }
    while let Ok(Some(grown)) = grow(&nodes[0], permit, 1_000).await {
        roots.insert(grown.size, grown.root);
    }

    let leaves = hashes(
        &fixture
            .database
            .sql("SELECT encode(leaf, 'hex') FROM log ORDER BY sequence"),
    );
    let tiles = "SELECT encode(hashes, 'hex') FROM log_tiles WHERE level = 0 ORDER BY tile";
    assert!(
        leaves == hashes(&fixture.database.sql(tiles)),
        "the tree has other leaves than the log"
    );
    let mut tree = Peaks::default();
    for (size, leaf) in (1..).zip(&leaves) {
        tree.append(*leaf);
        if let Some(root) = roots.remove(&size) {
            assert!(
                tree.root() == root,
                "the checkpoint of {size} entries is of other ones"
            );
        }
    }
    assert!(
        roots.is_empty(),
        "signed for what is not there: {:?}",
        roots.keys()
    );
    let kept = fixture
        .database
        .sql("SELECT size || ' ' || checkpoint FROM log_trees");
    assert_eq!(kept, format!("{} {:?}", leaves.len(), tree.root()));
    assert!(checkpoints >= ENOUGH && leaves.len() > ENOUGH);
}

/// Sequences until all of them together have signed often enough, or one has failed; each takes as many entries at once as no
/// other.
async fn sequence(store: &Store, permit: Permit, index: usize, signed: &AtomicUsize) -> Vec<Signed> {
    let (begun, mut outcomes) = (Instant::now(), Vec::new());
    while signed.load(SeqCst) < ENOUGH && begun.elapsed() < PATIENCE {
        let outcome = grow(store, permit, 3 + 7 * u32::try_from(index).unwrap()).await;
        match &outcome {
            Ok(None) | Err(StoreError::Busy) => {}
            Ok(Some(_)) => drop(signed.fetch_add(1, SeqCst)),
            Err(_) => signed.store(ENOUGH, SeqCst),
        }
        outcomes.push(outcome);
    }
    outcomes
}

/// As the authority does it, with the root for a signature.
async fn grow(store: &Store, permit: Permit, limit: u32) -> Signed {
    store
        .transact_with("log.sequence", permit, move |permit, tx| {
            Box::pin(async move {
                let grown = tx.grow_log_tree(permit, limit).await?;
                if let Some(grown) = grown {
                    let note = format!("{:?}", grown.root);
                    tx.put_checkpoint(permit, grown.size, &note, NOW).await?;
                }
                Ok(grown)
            })
        })
        .await
}

fn hashes(hex: &str) -> Vec<Hash> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let bytes: Vec<u8> = digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    bytes.chunks(32).map(|hash| hash.try_into().unwrap()).collect()
}

/// RFC 6962, section 2.1, from the left: the complete subtrees so far, each with its number of leaves.
#[derive(Default)]
struct Peaks(Vec<(u64, Hash)>);

impl Peaks {
    fn append(&mut self, leaf: Hash) {
        let mut new = (1, leaf);
        while let Some((size, hash)) = self.0.pop_if(|(size, _)| *size == new.0) {
            new = (2 * size, sha256(&[&[1], &hash, &new.1]));
        }
        self.0.push(new);
    }

    fn root(&self) -> Hash {
        let mut peaks = self.0.iter().rev().map(|(_, hash)| *hash);
        let last = peaks.next().unwrap();
        peaks.fold(last, |right, left| sha256(&[&[1], &left, &right]))
    }
}
