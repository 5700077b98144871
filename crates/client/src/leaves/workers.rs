//! Several threads on one file: each takes the next leaf until none is left.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::progress::{Progress, ProgressCallback};

/// Leaves between two flushes to the disk: 64 MiB. Less would make the disk wait for its journal more often, more would
/// leave more to the flush at the end.
const FLUSH_EVERY: u64 = 64;
/// Content below this is done by one thread: beginning and ending another costs as much as it saves.
const SEVERAL_FROM: u64 = 2 << 20;

/// How many threads work on one file: 1 to 16.
///
/// By default two, or one where there is one processor only. Each has a buffer of 1 MiB. Content of less than 2 MiB, and
/// whatever goes through a pipe, is done by one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Workers(u8);

impl Workers {
    /// The most there can be.
    pub const MOST: u8 = 16;

    /// So many; `None` for 0 and for more than [`Workers::MOST`].
    pub fn new(number: u8) -> Option<Self> {
        (1..=Self::MOST).contains(&number).then_some(Self(number))
    }

    /// How many.
    pub const fn number(self) -> u8 {
        self.0
    }
}

impl Default for Workers {
    fn default() -> Self {
        // More than two seldom help: from there on the storage is what everybody waits for.
        Self(thread::available_parallelism().map_or(1, |number| number.get().min(2) as u8))
    }
}

impl fmt::Debug for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Workers({})", self.0)
    }
}

/// Why work ended before its end.
#[derive(Debug)]
pub(crate) enum Ended<E> {
    /// The caller answered [`Break`](std::ops::ControlFlow::Break).
    Interrupted,
    /// A worker failed; of several failures the first.
    Failed(E),
}

/// The work on one file.
pub(crate) struct Job<'a> {
    /// How many leaves there are.
    pub(crate) leaves: u64,
    /// Bytes of content in all.
    pub(crate) content: u64,
    pub(crate) workers: Workers,
    pub(crate) progress: &'a ProgressCallback,
}

impl Job<'_> {
    /// Does all leaves. `hire` equips one worker, on its own thread; `work` does the leaf of that number and says how
    /// many bytes of content were in it. The calling thread is one of the workers. After a failure no leaf is begun.
    ///
    /// Beside long work `flush` is called now and then, on a thread that otherwise sleeps, so that the flush at the end
    /// finds little to do.
    pub(crate) fn run<W, E: Send>(
        &self,
        hire: impl Fn() -> W + Sync,
        work: impl Fn(&mut W, u64) -> Result<u64, E> + Sync,
        flush: impl Fn() -> Result<(), E> + Sync,
    ) -> Result<(), Ended<E>> {
        let shared = Shared {
            next: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
            state: Mutex::new(State {
                done: 0,
                leaves: 0,
                ended: None,
            }),
            changed: Condvar::new(),
        };
        shared.tell(self, 0, 0);
        let labour = || {
            let mut worker = hire();
            while let Some(leaf) = shared.next_leaf(self.leaves) {
                match work(&mut worker, leaf) {
                    Ok(bytes) => shared.tell(self, 1, bytes),
                    Err(error) => shared.end(&mut shared.lock(), Ended::Failed(error)),
                }
            }
        };
        let flushing = || {
            while shared.wait_for_flush() {
                if let Err(error) = flush() {
                    shared.end(&mut shared.lock(), Ended::Failed(error));
                }
            }
        };
        thread::scope(|scope| {
            if self.leaves >= 2 * FLUSH_EVERY {
                let helper = thread::Builder::new().name("clausa flush".to_owned());
                if let Err(error) = helper.spawn_scoped(scope, flushing) {
                    tracing::debug!(error = %error, "a thread could not be started");
                }
            }
            for _ in 1..self.number() {
                let helper = thread::Builder::new().name("clausa leaves".to_owned());
                // Without it the others have more to do.
                if let Err(error) = helper.spawn_scoped(scope, labour) {
                    tracing::debug!(error = %error, "a thread could not be started");
                }
            }
            labour();
            shared.stop();
        });
        let state = shared.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.ended.map_or(Ok(()), Err)
    }

    fn number(&self) -> u64 {
        if self.content < SEVERAL_FROM {
            1
        } else {
            self.leaves.min(self.workers.0.into())
        }
    }
}

/// What the workers have in common.
struct Shared<E> {
    next: AtomicU64,
    is_over: AtomicBool,
    state: Mutex<State<E>>,
    /// There is something to flush, or nothing more to come.
    changed: Condvar,
}

struct State<E> {
    /// Bytes of content.
    done: u64,
    /// Leaves since the last flush.
    leaves: u64,
    ended: Option<Ended<E>>,
}

impl<E> Shared<E> {
    fn next_leaf(&self, leaves: u64) -> Option<u64> {
        if self.is_over.load(Ordering::Relaxed) {
            return None;
        }
        let leaf = self.next.fetch_add(1, Ordering::Relaxed);
        (leaf < leaves).then_some(leaf)
    }

    /// Tells the caller under the lock, so that the numbers it hears only grow.
    fn tell(&self, job: &Job<'_>, leaves: u64, bytes: u64) {
        let mut state = self.lock();
        if state.ended.is_some() {
            return;
        }
        state.done += bytes;
        state.leaves += leaves;
        if state.leaves == FLUSH_EVERY {
            self.changed.notify_all();
        }
        let progress = Progress {
            done: state.done,
            total: Some(job.content),
        };
        if job.progress.call(progress).is_break() {
            self.end(&mut state, Ended::Interrupted);
        }
    }

    fn end(&self, state: &mut State<E>, ended: Ended<E>) {
        state.ended.get_or_insert(ended);
        self.is_over.store(true, Ordering::Relaxed);
        self.changed.notify_all();
    }

    /// No leaf is begun any more, because there is none.
    fn stop(&self) {
        let _state = self.lock();
        self.is_over.store(true, Ordering::Relaxed);
        self.changed.notify_all();
    }

    /// Sleeps until there is something to flush; false when there is nothing more to come.
    fn wait_for_flush(&self) -> bool {
        let mut state = self.lock();
        while state.leaves < FLUSH_EVERY {
            if self.is_over.load(Ordering::Relaxed) {
                return false;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.leaves = 0;
        !self.is_over.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, State<E>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::ops::ControlFlow;
    use std::time::Duration;

    use super::*;

    const MANY: u64 = 100 << 20;

    fn job<'a>(leaves: u64, workers: u8, progress: &'a ProgressCallback) -> Job<'a> {
        Job {
            leaves,
            content: MANY,
            workers: Workers::new(workers).unwrap(),
            progress,
        }
    }

    #[test]
    fn only_one_to_sixteen_can_be_asked_for() {
        assert_eq!(Workers::new(0), None);
        assert_eq!(Workers::new(17), None);
        assert_eq!(Workers::new(16).map(Workers::number), Some(16));
        assert!((1..=2).contains(&Workers::default().number()));
    }

    #[test]
    fn every_leaf_is_done_once_by_as_many_threads_as_asked_for() {
        let progress = ProgressCallback::default();
        for workers in 1..=4 {
            let (done, threads) = (Mutex::new(Vec::new()), Mutex::new(BTreeSet::new()));
            let hire = || {
                threads
                    .lock()
                    .unwrap()
                    .insert(format!("{:?}", thread::current().id()));
            };
            let work = |(): &mut (), leaf| {
                // Long enough that each of them gets some.
                thread::sleep(Duration::from_millis(2));
                done.lock().unwrap().push(leaf);
                Ok::<_, ()>(1)
            };
            job(50, workers, &progress).run(hire, work, || Ok(())).unwrap();
            let mut done = done.into_inner().unwrap();
            done.sort_unstable();
            assert_eq!(done, (0..50).collect::<Vec<_>>());
            assert_eq!(threads.into_inner().unwrap().len(), usize::from(workers));
        }
    }

    #[test]
    fn little_content_and_few_leaves_take_fewer_threads() {
        let progress = ProgressCallback::default();
        let mut small = job(3, 8, &progress);
        assert_eq!(small.number(), 3);
        small.content = SEVERAL_FROM;
        assert_eq!(small.number(), 3);
        small.content = SEVERAL_FROM - 1;
        assert_eq!(small.number(), 1);
    }

    /// The others stop at their next leaf, and what went wrong first is what is told.
    #[test]
    fn the_first_failure_stops_everybody() {
        let progress = ProgressCallback::default();
        for workers in [1, 2, 3] {
            let begun = AtomicU64::new(0);
            let outcome = job(10_000, workers, &progress).run(
                || (),
                |(), leaf| {
                    begun.fetch_add(1, Ordering::Relaxed);
                    thread::sleep(Duration::from_millis(1));
                    if leaf == 5 { Err(leaf) } else { Ok(1) }
                },
                || Ok(()),
            );
            assert!(matches!(outcome, Err(Ended::Failed(5))), "{outcome:?}");
            let begun = begun.into_inner();
            assert!(begun < 200, "{begun} leaves were begun");
        }
    }

    #[test]
    fn the_caller_hears_growing_numbers_and_can_stop() {
        let heard = std::sync::Arc::new(Mutex::new(Vec::new()));
        let to = heard.clone();
        let progress = ProgressCallback::new(move |progress| {
            to.lock().unwrap().push(progress.done);
            assert_eq!(progress.total, Some(MANY));
            if progress.done >= 20 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        let outcome = job(1_000, 3, &progress).run(|| (), |(), _| Ok::<_, ()>(1), || Ok(()));
        assert!(matches!(outcome, Err(Ended::Interrupted)));
        assert_eq!(*heard.lock().unwrap(), (0..=20).collect::<Vec<_>>());
    }

    /// Long work is flushed on its way, and a flush that fails is a failure like others: it is told of once only.
    #[test]
    fn long_work_is_flushed_beside_it() {
        let progress = ProgressCallback::default();
        let slow = |(): &mut (), _| {
            thread::sleep(Duration::from_micros(200));
            Ok(1)
        };
        for workers in [1, 3] {
            let flushes = AtomicU64::new(0);
            let flush = || {
                flushes.fetch_add(1, Ordering::Relaxed);
                Ok::<_, &str>(())
            };
            job(10 * FLUSH_EVERY, workers, &progress)
                .run(|| (), slow, flush)
                .unwrap();
            assert!((1..=10).contains(&flushes.load(Ordering::Relaxed)));
            job(2 * FLUSH_EVERY - 1, workers, &progress)
                .run(|| (), slow, || Err("too little for a flush"))
                .unwrap();
            let outcome = job(1_000_000, workers, &progress).run(|| (), slow, || Err("the disk"));
            assert!(matches!(outcome, Err(Ended::Failed("the disk"))));
        }
    }
}
