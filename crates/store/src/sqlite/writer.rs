//! The writer: one connection, one task, many transactions to a commit.
//!
//! A commit costs a sync of the disk, so jobs that arrive while one is under way are run together in the next: each
//! within a savepoint of its own, which is all that is rolled back when the job fails. No answer is given before the
//! commit. When a group cannot be committed, its jobs are run again one by one, so that what ails one does not fail
//! the others.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

use super::SqliteSession;
use super::failure::translate;
use crate::error::StoreError;
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
    task: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Counters {
    transactions: AtomicU64,
    commits: AtomicU64,
    reruns: AtomicU64,
}

impl Writer {
    pub(super) fn start(connection: SqliteConnection, sealer: Arc<Sealer>) -> Self {
        let (queue, inbox) = mpsc::channel(QUEUE);
        let counters = Arc::new(Counters::default());
        let work = Work {
            connection,
            sealer,
            counters: Arc::clone(&counters),
        };
        Self {
            queue,
            counters,
            task: Mutex::new(Some(tokio::spawn(work.run(inbox)))),
        }
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
        }
    }

    pub(super) async fn close(&self) {
        // The task is gone when this fails, which is what is wanted.
        let _ = self.queue.send(Message::Close).await;
        if let Some(task) = self.task.lock().await.take() {
            let _ = task.await;
        }
    }
}

struct Work {
    connection: SqliteConnection,
    sealer: Arc<Sealer>,
    counters: Arc<Counters>,
}

impl Work {
    async fn run(mut self, mut inbox: mpsc::Receiver<Message>) {
        while let Some(Message::Job(job)) = inbox.recv().await {
            let (mut group, result, closing) = self.run_group(job, &mut inbox).await;
            match result {
                Ok(()) => group.iter_mut().for_each(|job| job.deliver(Ok(()))),
                Err(error) => {
                    tracing::warn!(jobs = group.len(), %error, "commit failed, running its transactions one by one");
                    self.roll_back().await;
                    for job in &mut group {
                        let result = self.run_alone(job.as_mut()).await;
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
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "database did not close cleanly");
        }
    }

    /// Runs `first` and whatever else is waiting, and commits. The jobs come back with their answers.
    async fn run_group(
        &mut self,
        first: Box<dyn Job>,
        inbox: &mut mpsc::Receiver<Message>,
    ) -> (Vec<Box<dyn Job>>, Result<(), StoreError>, bool) {
        let mut group = Vec::new();
        let mut next = Some(first);
        let mut closing = false;
        let mut result = self.begin().await;
        while let Some(mut job) = next.take() {
            if !job.is_abandoned() {
                self.counters.transactions.fetch_add(1, Relaxed);
                if result.is_ok() {
                    result = self.run_in_savepoint(job.as_mut()).await;
                }
                group.push(job);
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
            result = self.commit().await;
        }
        (group, result, closing)
    }

    /// Runs a job in a transaction of its own.
    async fn run_alone(&mut self, job: &mut dyn Job) -> Result<(), StoreError> {
        self.counters.reruns.fetch_add(1, Relaxed);
        let mut result = self.begin().await;
        if result.is_ok() {
            result = self.run_in_savepoint(job).await;
        }
        if result.is_ok() {
            result = self.commit().await;
        }
        if result.is_err() {
            self.roll_back().await;
        }
        result
    }

    /// Runs a job so that it can be undone alone. An error means that the whole transaction is lost.
    async fn run_in_savepoint(&mut self, job: &mut dyn Job) -> Result<(), StoreError> {
        self.say("SAVEPOINT job").await?;
        let mut session = SqliteSession::new(&mut self.connection);
        let kept = job.run(&mut SqlUnit::new(&mut session, &self.sealer)).await;
        tracing::trace!(transaction = job.name(), ?kept, "transaction ran");
        if kept == Kept::No {
            self.say("ROLLBACK TO job").await?;
        }
        self.say("RELEASE job").await
    }

    async fn begin(&mut self) -> Result<(), StoreError> {
        self.say("BEGIN IMMEDIATE").await
    }

    async fn commit(&mut self) -> Result<(), StoreError> {
        self.say("COMMIT").await?;
        self.counters.commits.fetch_add(1, Relaxed);
        Ok(())
    }

    /// Some errors have rolled back already; then there is nothing left to do.
    async fn roll_back(&mut self) {
        if let Err(error) = self.say("ROLLBACK").await {
            tracing::debug!(%error, "nothing to roll back");
        }
    }

    async fn say(&mut self, statement: &'static str) -> Result<(), StoreError> {
        sqlx::query(statement)
            .execute(&mut self.connection)
            .await
            .map(|_| ())
            .map_err(translate)
    }
}

#[cfg(test)]
mod tests;
