//! What happens when a group of transactions cannot be committed.

use clausa_core::random::SystemRandom;
use tempfile::TempDir;
use zeroize::Zeroizing;

use super::*;
use crate::record::secret::Secret;
use crate::repo::UnitOfWork;
use crate::sealed::KeyEncryptionKey;
use crate::sqlite::{connection, migrations};
use crate::store::BoxFuture;

/// Answers that were delivered, by the job's size in bytes.
type Answers = Arc<std::sync::Mutex<Vec<(usize, Result<(), StoreError>)>>>;

/// Jobs of sizes up to here change their mind after they have written.
const FICKLE: usize = 10;

/// Stores a setting of some size, and answers yes when the store does; only the commit decides.
struct Careless {
    size: usize,
    answers: Answers,
}

impl Job for Careless {
    fn name(&self) -> &'static str {
        "careless"
    }

    fn is_abandoned(&self) -> bool {
        false
    }

    fn run<'j>(&'j mut self, tx: &'j mut dyn UnitOfWork) -> BoxFuture<'j, Kept> {
        Box::pin(async move {
            let stored = tx
                .set_setting(&self.size.to_string(), &Secret::new(vec![0; self.size]))
                .await;
            if stored.is_ok() && self.size > FICKLE {
                Kept::Yes
            } else {
                Kept::No
            }
        })
    }

    fn deliver_failure(&mut self, error: StoreError) {
        self.deliver(Err(error));
    }

    fn deliver(&mut self, committed: Result<(), StoreError>) {
        self.answers.lock().unwrap().push((self.size, committed));
    }
}

struct Outcome {
    answers: Vec<(usize, Result<(), StoreError>)>,
    stored: Vec<usize>,
    counters: Arc<Counters>,
}

/// Runs jobs of these sizes as one group on a database that `spoil` has made ready for it.
async fn run_group(sizes: &[usize], spoil: impl FnOnce(&mut Connection)) -> Outcome {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("authority.db");
    let mut connection = connection::open_writer(&path).unwrap();
    migrations::apply(&mut connection, migrations::MIGRATIONS).unwrap();
    spoil(&mut connection);
    let kek = KeyEncryptionKey::new(1, Zeroizing::new([1; 32]));
    let sealer = Arc::new(Sealer::new(vec![kek], SystemRandom).unwrap());
    let (queue, inbox) = mpsc::channel(16);
    let answers = Answers::default();
    for &size in sizes {
        let job = Careless {
            size,
            answers: Arc::clone(&answers),
        };
        queue.send(Message::Job(Box::new(job))).await.ok().unwrap();
    }
    queue.send(Message::Close).await.ok().unwrap();
    let counters = Arc::new(Counters::default());
    let work = Work {
        connection,
        sealer,
        counters: Arc::clone(&counters),
        runtime: Handle::current(),
    };
    tokio::task::spawn_blocking(move || work.run(inbox))
        .await
        .unwrap();

    let connection = connection::open_writer(&path).unwrap();
    let mut statement = connection.prepare("SELECT name FROM settings").unwrap();
    let names = statement.query_map((), |row| row.get::<_, String>(0)).unwrap();
    let stored = names.map(|name| name.unwrap().parse().unwrap()).collect();
    let answers = answers.lock().unwrap().clone();
    Outcome {
        answers,
        stored,
        counters,
    }
}

/// SEC-106: on a full disk the transaction that does not fit fails, and nobody is told that it was kept.
#[tokio::test]
async fn a_full_disk_fails_what_does_not_fit_and_nothing_else() {
    let sizes = [100, 200, 1 << 20, 300, 400];
    let outcome = run_group(&sizes, |connection: &mut Connection| {
        let pages: i64 = connection
            .query_row("PRAGMA page_count", (), |row| row.get(0))
            .unwrap();
        let limit = format!("PRAGMA max_page_count = {}", pages + 20);
        connection.query_row(&limit, (), |_| Ok(())).unwrap();
    })
    .await;
    let answered: Vec<usize> = outcome.answers.iter().map(|(size, _)| *size).collect();
    assert_eq!(answered, sizes, "each is answered once, in order");
    for size in sizes {
        assert_eq!(outcome.stored.contains(&size), size < 1 << 20, "{size}");
    }
    assert_eq!(outcome.counters.transactions.load(Relaxed), 5);
}

/// What a failed transaction has written is undone, and nothing that the others of its group have written.
#[tokio::test]
async fn a_transaction_that_fails_is_undone_alone() {
    let outcome = run_group(&[100, 7, 200, 8, 300], |_| ()).await;
    assert_eq!(outcome.stored.len(), 3, "{:?}", outcome.stored);
    assert!(outcome.stored.iter().all(|size| *size > FICKLE));
    let answered: Vec<usize> = outcome.answers.iter().map(|(size, _)| *size).collect();
    assert_eq!(answered, [100, 7, 200, 8, 300], "each is answered once, in order");
    let counted = |counter: &AtomicU64| counter.load(Relaxed);
    assert_eq!(counted(&outcome.counters.transactions), 5);
    assert_eq!(counted(&outcome.counters.commits), 1);
    assert_eq!(
        counted(&outcome.counters.reruns),
        2,
        "the group up to the first failure"
    );
}

/// A transaction that breaks the commit does not take the others of its group with it.
#[tokio::test]
async fn a_group_that_cannot_be_committed_is_run_again_one_by_one() {
    let sizes = [100, 666, 200];
    let outcome = run_group(&sizes, |connection: &mut Connection| {
        let broken_at_commit = "CREATE TABLE parents (id INTEGER PRIMARY KEY); \
             CREATE TABLE children (parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED); \
             CREATE TRIGGER breaks AFTER INSERT ON settings WHEN new.name = '666' \
             BEGIN INSERT INTO children VALUES (1); END;";
        connection.execute_batch(broken_at_commit).unwrap();
    })
    .await;
    let kept: Vec<(usize, bool)> = outcome
        .answers
        .iter()
        .map(|(size, answer)| (*size, answer.is_ok()))
        .collect();
    assert_eq!(kept, [(100, true), (666, false), (200, true)]);
    assert!(matches!(outcome.answers[1].1, Err(StoreError::Reference)));
    assert_eq!(outcome.stored.iter().filter(|size| **size != 666).count(), 2);
    assert!(!outcome.stored.contains(&666));
    assert_eq!(outcome.counters.reruns.load(Relaxed), 3);
    assert_eq!(outcome.counters.commits.load(Relaxed), 2);
}
