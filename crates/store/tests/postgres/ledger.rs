//! Writers who note what they were told, and a look at what was kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use clausa_store::permit::Action;
use clausa_store::{Store, StoreError};
use clausa_testkit::TestDatabase;
use tokio::task::JoinHandle;

use crate::conformance::world::*;

/// What writers were told.
#[derive(Debug, Default)]
pub struct Ledger {
    /// The place in the log and the mark of each entry that was written, as the store said.
    pub written: Vec<(u64, String)>,
    /// Entries of which the store said that it does not know.
    pub unknown: usize,
    /// Why the others were not written.
    pub refused: Vec<StoreError>,
}

/// Writers at work.
pub struct Writers {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    task: JoinHandle<Vec<Ledger>>,
}

/// Writes one entry with this mark.
pub async fn write(store: &Store, person: &Person, mark: String) -> Result<u64, StoreError> {
    let mut entry = person.entry("SignIn");
    entry.correlation = mark;
    store
        .transact_with(
            "test",
            (person.own(Action::ReadIdentity), entry),
            |(permit, entry), tx| Box::pin(async move { tx.append_log(permit, entry).await }),
        )
        .await
}

impl Writers {
    /// So many, each through one of the stores, until they are told to stop.
    pub fn start(count: usize, stores: Vec<Store>, person: &Person) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (person, stopped) = (person.clone(), Arc::clone(&stop));
        let answered = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&answered);
        let task = tokio::spawn(async move {
            at_once(count, |writer| {
                let (store, person) = (stores[writer % stores.len()].clone(), person.clone());
                let (stopped, counter) = (Arc::clone(&stopped), Arc::clone(&counter));
                async move {
                    let mut ledger = Ledger::default();
                    for round in 0_u32.. {
                        if stopped.load(SeqCst) {
                            break;
                        }
                        ledger.write(&store, &person, format!("{writer}-{round}")).await;
                        counter.fetch_max(ledger.written.len(), SeqCst);
                    }
                    ledger
                }
            })
            .await
        });
        Self { stop, answered, task }
    }

    /// How many entries the busiest of them has written.
    pub fn answered(&self) -> usize {
        self.answered.load(SeqCst)
    }

    /// Stops them, and puts together what they were told.
    pub async fn stop(self) -> Ledger {
        self.stop.store(true, SeqCst);
        let mut all = Ledger::default();
        for ledger in self.task.await.unwrap() {
            all.written.extend(ledger.written);
            all.unknown += ledger.unknown;
            all.refused.extend(ledger.refused);
        }
        all
    }
}

impl Ledger {
    /// Writes one entry and notes what came of it.
    pub async fn write(&mut self, store: &Store, person: &Person, mark: String) {
        match write(store, person, mark.clone()).await {
            Ok(place) => self.written.push((place, mark)),
            Err(StoreError::Uncertain) => self.unknown += 1,
            Err(error) => self.refused.push(error),
        }
    }

    /// What was told is there, once; the log has no gap; and nothing else is there, but for what was said not to be known.
    /// Returns how many of those are there.
    #[track_caller]
    pub fn check(&self, database: &TestDatabase) -> usize {
        let log = database.sql("SELECT sequence || ' ' || correlation FROM log ORDER BY sequence");
        let stored: Vec<(u64, String)> = log
            .lines()
            .map(|line| {
                let (place, mark) = line.split_once(' ').unwrap();
                (place.parse().unwrap(), mark.to_owned())
            })
            .collect();
        for (place, (stored, _)) in (1..).zip(&stored) {
            assert_eq!(*stored, place, "the log has a gap");
        }
        for written in &self.written {
            assert!(
                stored.binary_search(written).is_ok(),
                "{written:?} was told and is gone"
            );
        }
        let marks: std::collections::HashSet<_> = stored.iter().map(|(_, mark)| mark).collect();
        assert_eq!(marks.len(), stored.len(), "an entry was written twice");
        let extra = stored.len() - self.written.len();
        assert!(
            extra <= self.unknown,
            "{extra} entries that nobody was told of, {} unknown",
            self.unknown
        );
        extra
    }
}
