//! The writer: one connection, one thread, many transactions to a commit.
//!
//! A commit costs a sync of the disk, so jobs that arrive while one is under way are run together in the next. A savepoint
//! makes SQLite copy every page that is changed behind it, so a group begins without; when a job fails that has written
//! something, the group is rolled back and run again, now each within a savepoint of its own, which is all that is rolled
//! back when a job fails. No answer is given before the commit. When a group cannot be committed, its jobs are run again one
//! by one, so that what ails one does not fail the others.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rusqlite::Connection;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, mpsc, oneshot};

use super::SqliteSession;
use super::connection::say;
use crate::error::{DatabaseFailure, StoreError};
use crate::sealed::Sealer;
use crate::sql::SqlUnit;
use crate::store::{Job, Kept, Statistics};

/// Jobs in one commit. More would make the first of them wait without saving the disk anything to speak of.
const GROUP: usize = 256;
/// Jobs that wait before those who bring more are made to wait.
const QUEUE: usize = 4096;

enum Message {
    Job(Box<dyn Job>),
    Close,
}

pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
    counters: Arc<Counters>,
    ended: Mutex<Option<oneshot::Receiver<()>>>,
}

#[derive(Default)]
struct Counters {
    transactions: AtomicU64,
    commits: AtomicU64,
    reruns: AtomicU64,
}

impl Writer {
    pub(super) fn start(connection: Connection, sealer: Arc<Sealer>) -> Result<Self, StoreError> {
        let (queue, inbox) = mpsc::channel(QUEUE);
        let (end, ended) = oneshot::channel();
        let counters = Arc::new(Counters::default());
        let work = Work {
            connection,
            sealer,
            counters: Arc::clone(&counters),
            runtime: Handle::current(),
        };
        std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || {
                work.run(inbox);
                // Whoever waited for it may have gone.
                let _ = end.send(());
            })
            .map_err(|error| StoreError::Database(DatabaseFailure::new(error)))?;
        Ok(Self {
            queue,
            counters,
            ended: Mutex::new(Some(ended)),
        })
    }

    pub(super) async fn submit(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        self.queue
            .send(Message::Job(job))
            .await
            .map_err(|_| StoreError::Closed)
    }

    pub(super) fn statistics(&self) -> Statistics {
        Statistics {
            transactions: self.counters.transactions.load(Relaxed),
            commits: self.counters.commits.load(Relaxed),
            reruns: self.counters.reruns.load(Relaxed),
            waiting: (self.queue.max_capacity() - self.queue.capacity()) as u64,
        }
    }

    pub(super) async fn close(&self) {
        // The thread is gone when this fails, which is what is wanted.
        let _ = self.queue.send(Message::Close).await;
        if let Some(ended) = self.ended.lock().await.take() {
            let _ = ended.await;
        }
    }
}

struct Work {
    connection: Connection,
    sealer: Arc<Sealer>,
    counters: Arc<Counters>,
    /// Of those who wait: a job's time limit is measured by its clock.
    runtime: Handle,
}

impl Work {
    fn run(mut self, mut inbox: mpsc::Receiver<Message>) {
        while let Some(Message::Job(job)) = inbox.blocking_recv() {
            let (mut group, result, closing) = self.run_group(job, &mut inbox);
            match result {
                Ok(()) => group.iter_mut().for_each(|job| job.deliver(Ok(()))),
                Err(error) => {
                    tracing::warn!(jobs = group.len(), %error, "commit failed, running its transactions one by one");
                    self.roll_back();
                    for job in &mut group {
                        let result = self.run_alone(job.as_mut());
                        job.deliver(result);
                    }
                }
            }
            if closing {
                break;
            }
        }
        inbox.close();
        // Whoever still waits learns that the store is closed, as the jobs are dropped.
        if let Err((_, error)) = self.connection.close() {
            tracing::warn!(%error, "database did not close cleanly");
        }
    }

    /// Runs `first` and whatever else is waiting, and commits. The jobs come back with their answers.
    fn run_group(
        &mut self,
        first: Box<dyn Job>,
        inbox: &mut mpsc::Receiver<Message>,
    ) -> (Vec<Box<dyn Job>>, Result<(), StoreError>, bool) {
        let mut group = Vec::new();
        let mut next = Some(first);
        let mut closing = false;
        let mut is_careful = false;
        let mut result = self.begin();
        while let Some(job) = next.take() {
            if !job.is_abandoned() {
                self.counters.transactions.fetch_add(1, Relaxed);
                group.push(job);
                if result.is_ok() && !is_careful {
                    is_careful = !group.last_mut().is_none_or(|job| self.run_plainly(job.as_mut()));
                    if is_careful {
                        result = self.run_carefully(&mut group);
                    }
                } else if let (Ok(()), Some(job)) = (&result, group.last_mut()) {
                    result = self.run_in_savepoint(job.as_mut());
                }
            }
            if group.len() < GROUP && !closing {
                match inbox.try_recv() {
                    Ok(Message::Job(job)) => next = Some(job),
                    Ok(Message::Close) => closing = true,
                    Err(_) => {}
                }
            }
        }
        if result.is_ok() {
            result = self.commit();
        }
        (group, result, closing)
    }

    /// Runs a job in a transaction of its own.
    fn run_alone(&mut self, job: &mut dyn Job) -> Result<(), StoreError> {
        self.counters.reruns.fetch_add(1, Relaxed);
        let mut result = self.begin();
        if result.is_ok() {
            result = self.run_in_savepoint(job);
        }
        if result.is_ok() {
            result = self.commit();
        }
        if result.is_err() {
            self.roll_back();
        }
        result
    }

    /// Runs a job. False when it has to be undone and cannot be: it failed and has written something, or what failed took
    /// the whole transaction with it.
    fn run_plainly(&mut self, job: &mut dyn Job) -> bool {
        let before = self.connection.total_changes();
        let kept = self.run_job(job);
        let is_undisturbed = kept == Kept::Yes || self.connection.total_changes() == before;
        is_undisturbed && !self.connection.is_autocommit()
    }

    /// Runs the jobs of a group again, from its beginning, each so that it can be undone alone.
    fn run_carefully(&mut self, group: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
        self.roll_back();
        self.begin()?;
        self.counters.reruns.fetch_add(group.len() as u64, Relaxed);
        group
            .iter_mut()
            .try_for_each(|job| self.run_in_savepoint(job.as_mut()))
    }

    /// Runs a job so that it can be undone alone. An error means that the whole transaction is lost.
    fn run_in_savepoint(&mut self, job: &mut dyn Job) -> Result<(), StoreError> {
        self.say("SAVEPOINT job")?;
        if self.run_job(job) == Kept::No {
            self.say("ROLLBACK TO job")?;
        }
        self.say("RELEASE job")
    }

    fn run_job(&mut self, job: &mut dyn Job) -> Kept {
        let mut session = SqliteSession::new(&mut self.connection);
        let mut unit = SqlUnit::new(&mut session, &self.sealer);
        let kept = self.runtime.block_on(job.run(&mut unit));
        tracing::trace!(transaction = job.name(), ?kept, "transaction ran");
        kept
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        self.say("BEGIN IMMEDIATE")
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        self.say("COMMIT")?;
        self.counters.commits.fetch_add(1, Relaxed);
        Ok(())
    }

    /// Some errors have rolled back already; then there is nothing left to do.
    fn roll_back(&mut self) {
        if let Err(error) = self.say("ROLLBACK") {
            tracing::debug!(%error, "nothing to roll back");
        }
    }

    fn say(&self, statement: &'static str) -> Result<(), StoreError> {
        say(&self.connection, statement)
    }
}

#[cfg(test)]
mod tests;
