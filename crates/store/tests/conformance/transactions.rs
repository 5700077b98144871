use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use clausa_store::permit::Action;
use clausa_store::record::log::LogFilter;
use clausa_store::record::micros::Micros;
use clausa_store::record::secret::Secret;
use clausa_store::store::{Observed, Observer};
use clausa_store::{Store, StoreError};
use tokio::sync::Notify;

use super::Fixture;
use super::world::*;
use crate::{commit, look};

async fn note(store: &Store, name: &'static str) {
    let value = Secret::new(vec![1]);
    commit!(store, [name, value], |tx| tx.set_setting(name, value).await?);
}

async fn noted(store: &Store, name: &'static str) -> bool {
    look!(store, [name], |tx| tx.setting(name).await?).is_some()
}

#[derive(Debug)]
enum Mine {
    Store(StoreError),
    Other,
}

impl From<StoreError> for Mine {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

pub async fn a_failed_transaction_leaves_nothing(fixture: impl Fixture) {
    let store = fixture.store();
    let result: Result<(), Mine> = store
        .transact("test", |tx| {
            Box::pin(async move {
                tx.set_setting("a", &Secret::new(vec![1])).await?;
                Err(Mine::Other)
            })
        })
        .await;
    assert!(
        matches!(result, Err(Mine::Other)),
        "the job's own error comes back"
    );
    assert!(!noted(store, "a").await);
}

/// The store's own errors come in the job's error type.
pub async fn a_jobs_error_type_takes_the_stores_errors(fixture: impl Fixture) {
    let store = fixture.store();
    store.close().await;
    let result: Result<(), Mine> = store
        .transact("test", |tx| Box::pin(async move { Ok(tx.refill("a").await?) }))
        .await;
    assert!(matches!(result, Err(Mine::Store(StoreError::Closed))));
}

pub async fn a_panic_ends_one_transaction_alone(fixture: impl Fixture) {
    let store = fixture.store();
    let answers = at_once(60, |index| {
        let store = store.clone();
        async move {
            store
                .transact("test", move |tx| {
                    Box::pin(async move {
                        let name = format!("key {index}");
                        tx.set_setting(&name, &Secret::new(vec![1])).await?;
                        assert!(index % 3 != 0, "on purpose");
                        Ok::<_, StoreError>(())
                    })
                })
                .await
        }
    })
    .await;
    for (index, answer) in answers.into_iter().enumerate() {
        let name = format!("key {index}");
        let stored = look!(store, [name], |tx| tx.setting(name).await?).is_some();
        assert_eq!(stored, index % 3 != 0, "{name}");
        match answer {
            Ok(()) => assert!(stored),
            Err(error) => assert!(matches!(error, StoreError::Panicked), "{error}"),
        }
    }
}

pub async fn a_slow_transaction_is_cut_off(fixture: impl Fixture) {
    let store = fixture.store();
    let impatient = store.clone().with_transaction_limit(Duration::from_millis(50));
    let result: Result<(), StoreError> = impatient
        .transact("test", |tx| {
            Box::pin(async move {
                tx.set_setting("a", &Secret::new(vec![1])).await?;
                std::future::pending().await
            })
        })
        .await;
    let error = refused(result);
    assert!(matches!(error, StoreError::TooLong) && error.is_retryable());
    assert!(!noted(store, "a").await);
    note(store, "b").await;
    assert!(noted(store, "b").await, "the others go on");
}

/// Many transactions at once need far fewer commits than there are transactions.
pub async fn commits_are_shared(fixture: impl Fixture) {
    let store = fixture.store();
    let before = store.statistics();
    at_once(400, |index| {
        let store = store.clone();
        async move {
            store
                .transact("test", move |tx| {
                    Box::pin(async move { tx.set_setting(&index.to_string(), &Secret::new(vec![1])).await })
                })
                .await
                .unwrap();
        }
    })
    .await;
    let after = store.statistics();
    assert_eq!(after.transactions - before.transactions, 400);
    let commits = after.commits - before.commits;
    assert!(
        (1..=200).contains(&commits),
        "{commits} commits for 400 transactions"
    );
}

/// Of many transactions at once, those that fail leave nothing, and take nothing of the others with them.
pub async fn failures_are_undone_alone(fixture: impl Fixture) {
    let store = fixture.store();
    let written = at_once(120, |index| {
        let store = store.clone();
        async move {
            let answer: Result<(), Mine> = store
                .transact("test", move |tx| {
                    Box::pin(async move {
                        tx.set_setting(&index.to_string(), &Secret::new(vec![1])).await?;
                        if index % 7 == 3 { Err(Mine::Other) } else { Ok(()) }
                    })
                })
                .await;
            assert_eq!(answer.is_err(), index % 7 == 3, "{index}: {answer:?}");
            let name = index.to_string();
            look!(store, [name], |tx| tx.setting(name).await?).is_some()
        }
    })
    .await;
    for (index, is_there) in written.into_iter().enumerate() {
        assert_eq!(is_there, index % 7 != 3, "{index}");
    }
}

/// What a transaction answered is seen by every read that begins afterwards.
pub async fn answers_come_after_the_commit(fixture: impl Fixture) {
    let store = fixture.store();
    at_once(50, |index| {
        let store = store.clone();
        async move {
            let name = index.to_string();
            let value = Secret::new(vec![1]);
            commit!(store, [name, value], |tx| tx.set_setting(name, value).await?);
            assert!(look!(store, [name], |tx| tx.setting(name).await?).is_some());
        }
    })
    .await;
}

pub async fn a_reader_never_sees_half_a_transaction(fixture: impl Fixture) {
    let store = fixture.store();
    let stop = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let (store, stop) = (store.clone(), Arc::clone(&stop));
        async move {
            for round in 0_u64.. {
                if stop.load(SeqCst) {
                    break;
                }
                let value = Secret::new(round.to_be_bytes().to_vec());
                commit!(store, [value], |tx| {
                    tx.set_setting("left", value).await?;
                    tokio::task::yield_now().await;
                    tx.set_setting("right", value).await?
                });
            }
        }
    });
    // However slow the disk is, it goes on until the reader has seen the writer at work.
    let mut states = HashSet::new();
    let mut reads = 0;
    while states.len() < 20 || reads < 200 {
        let (left, right) = look!(store, [], |tx| {
            let left = tx.setting("left").await?.map(|value| value.expose().to_vec());
            tokio::task::yield_now().await;
            let right = tx.setting("right").await?.map(|value| value.expose().to_vec());
            (left, right)
        });
        assert_eq!(left, right);
        states.insert(left);
        reads += 1;
    }
    stop.store(true, SeqCst);
    writer.await.unwrap();
}

pub async fn readers_cannot_write(fixture: impl Fixture) {
    let store = fixture.store();
    let result: Result<(), StoreError> = store
        .read("test", |tx| {
            Box::pin(async move { tx.set_setting("a", &Secret::new(vec![1])).await })
        })
        .await;
    assert!(matches!(refused(result), StoreError::ReadOnly));
    assert!(!noted(store, "a").await);
}

pub async fn what_was_answered_survives_a_restart(fixture: impl Fixture) {
    let janet = janet(fixture.store()).await;
    let permit = janet.own(Action::ReadIdentity);
    at_once(50, |_| {
        let (store, entry) = (fixture.store().clone(), janet.entry("SignIn"));
        async move { commit!(store, [permit, entry], |tx| tx.append_log(permit, entry).await?) }
    })
    .await;
    let fixture = fixture.reopen().await;
    let read = janet.in_tenant(Action::ReadLog);
    let filter = LogFilter {
        content: None,
        after: 0,
        limit: 100,
    };
    assert_eq!(
        look!(fixture.store(), [read, filter], |tx| tx.log(read, filter).await?).len(),
        50
    );
    let next = janet.entry("SignIn");
    assert_eq!(
        commit!(fixture.store(), [permit, next], |tx| tx
            .append_log(permit, next)
            .await?),
        51
    );
}

pub async fn a_closed_store_says_so(fixture: impl Fixture) {
    let store = fixture.store().clone();
    let waiting = at_once(20, |index| {
        let store = store.clone();
        async move {
            if index == 10 {
                store.close().await;
            }
            store
                .transact("test", move |tx| {
                    Box::pin(async move { tx.set_setting(&index.to_string(), &Secret::new(vec![1])).await })
                })
                .await
        }
    })
    .await;
    for (index, answer) in waiting.iter().enumerate() {
        match answer {
            Ok(()) => {}
            Err(error) => assert!(matches!(error, StoreError::Closed), "{index}: {error}"),
        }
    }
    let result = store
        .read("test", |tx| Box::pin(async move { tx.setting("0").await }))
        .await;
    assert!(matches!(result, Err(StoreError::Closed)));
    let fixture = fixture.reopen().await;
    for (index, answer) in waiting.iter().enumerate() {
        let name = index.to_string();
        let stored = look!(fixture.store(), [name], |tx| tx.setting(name).await?).is_some();
        assert!(stored || answer.is_err(), "{index} was answered and is gone");
    }
}

/// A caller that goes away before its transaction has begun leaves nothing to do.
pub async fn whoever_left_is_not_served(fixture: impl Fixture) {
    let store = fixture.store();
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = tokio::spawn({
        let (store, input) = (store.clone(), (Arc::clone(&begun), Arc::clone(&go_on)));
        async move {
            store
                .transact_with("slow", input, |(begun, go_on), _| {
                    Box::pin(async move {
                        begun.notify_one();
                        go_on.notified().await;
                        Ok::<_, StoreError>(())
                    })
                })
                .await
        }
    });
    begun.notified().await;
    let left = tokio::time::timeout(Duration::from_millis(20), note(store, "a")).await;
    assert!(left.is_err(), "it had to wait");
    go_on.notify_one();
    slow.await.unwrap().unwrap();
    note(store, "b").await;
    assert!(noted(store, "b").await);
    assert!(!noted(store, "a").await);
}

/// Counts transactions that were begun, that failed, and that ended.
#[derive(Default)]
struct Watcher([AtomicUsize; 3]);

struct Watched(Arc<Watcher>);

impl Watcher {
    fn counts(&self) -> [usize; 3] {
        [&self.0[0], &self.0[1], &self.0[2]].map(|count| count.load(SeqCst))
    }
}

/// What is given to a store: it hands out the counters.
struct Watching(Arc<Watcher>);

impl Observer for Watching {
    fn begun(&self, name: &'static str, _: bool) -> Option<Box<dyn Observed>> {
        assert_eq!(name, "test");
        self.0.0[0].fetch_add(1, SeqCst);
        Some(Box::new(Watched(Arc::clone(&self.0))))
    }
}

impl Observed for Watched {
    fn failed(&mut self) {
        self.0.0[1].fetch_add(1, SeqCst);
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.0[2].fetch_add(1, SeqCst);
    }
}

pub async fn an_observer_is_told_what_failed(fixture: impl Fixture) {
    let watcher = Arc::new(Watcher::default());
    let store = fixture
        .store()
        .clone()
        .observed_by(Arc::new(Watching(Arc::clone(&watcher))));
    note(&store, "a").await;
    assert!(noted(&store, "a").await);
    assert_eq!(watcher.counts(), [2, 0, 2]);
    let refused: Result<(), Mine> = store
        .transact("test", |_| Box::pin(async { Err(Mine::Other) }))
        .await;
    assert!(refused.is_err());
    let refused: Result<(), Mine> = store.read("test", |_| Box::pin(async { Err(Mine::Other) })).await;
    assert!(refused.is_err());
    assert_eq!(watcher.counts(), [4, 2, 4]);
    store.close().await;
    let closed: Result<(), StoreError> = store.transact("test", |_| Box::pin(async { Ok(()) })).await;
    assert!(matches!(closed, Err(StoreError::Closed)));
    assert_eq!(watcher.counts(), [5, 3, 5]);
}

/// The ways in which callers write jobs.
pub async fn jobs_own_or_borrow_their_input(fixture: impl Fixture) {
    let store = fixture.store();
    let name = "owned".to_owned();
    store
        .transact("test", move |tx| {
            let name = name.clone();
            Box::pin(async move { tx.set_setting(&name, &Secret::new(vec![1])).await })
        })
        .await
        .unwrap();
    let input = ("lent".to_owned(), Secret::new(vec![2]));
    store
        .transact_with("test", input, |(name, value), tx| {
            Box::pin(async move { tx.set_setting(name, value).await })
        })
        .await
        .unwrap();
    // A read may even borrow from its caller.
    let names = ["owned", "lent"].map(str::to_owned);
    let found = store
        .read_with("test", &names, |names, tx| {
            Box::pin(async move {
                let mut found = 0;
                for name in names.iter() {
                    found += usize::from(tx.setting(name).await?.is_some());
                }
                Ok::<_, StoreError>(found)
            })
        })
        .await
        .unwrap();
    assert_eq!(found, 2);
    assert_eq!(Micros(1_999_999).seconds(), 1);
}
