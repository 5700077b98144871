//! A lane: one connection, one task, several transactions to a commit, as the writer of SQLite has it.
//!
//! Waiting jobs are taken together *before* their transaction begins, so that each of them sees everything that was
//! answered before it was asked for, on whatever node. What collides with another node is run again, the whole group at
//! first, then each job alone. A connection that dies is made again, and with it the transaction.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use clausa_core::random::{Randomness as _, SystemRandom};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::connect::Connector;
use super::failure::loses_transaction;
use super::link::{Fate, Link, Number, WRITE};
use crate::error::StoreError;
use crate::sealed::Sealer;
use crate::sql::SqlUnit;
use crate::store::{Job, Kept, Statistics};

/// Jobs in one commit; PostgreSQL keeps track of up to 64 savepoints a transaction cheaply.
const GROUP: usize = 60;
/// Tenants in one commit: other nodes wait for all of them.
const TENANTS: usize = 8;
/// Jobs that wait before those who bring more are made to wait.
const QUEUE: usize = 4096;
/// How often a group is run as a whole before its jobs are run alone.
const TOGETHER: u32 = 4;
/// How long a job is run again and again, or waits for the database to come back.
const PATIENCE: Duration = Duration::from_secs(8);
/// The longest pause between two runs.
const PAUSE: Duration = Duration::from_millis(200);

enum Message {
    Job(Box<dyn Job>),
    Close,
}

pub(super) struct Lane {
    queue: mpsc::Sender<Message>,
    task: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
pub(super) struct Counters {
    transactions: AtomicU64,
    commits: AtomicU64,
    reruns: AtomicU64,
}

impl Counters {
    pub(super) fn statistics(&self) -> Statistics {
        Statistics {
            transactions: self.transactions.load(Relaxed),
            commits: self.commits.load(Relaxed),
            reruns: self.reruns.load(Relaxed),
            waiting: 0,
        }
    }
}

impl Lane {
    pub(super) fn start(connector: Connector, sealer: Arc<Sealer>, counters: Arc<Counters>) -> Self {
        let (queue, inbox) = mpsc::channel(QUEUE);
        let work = Work {
            connector,
            link: None,
            is_down: false,
            is_careful: false,
            sealer,
            counters,
        };
        Self {
            queue,
            task: Mutex::new(Some(tokio::spawn(work.run(inbox)))),
        }
    }

    /// Jobs that wait.
    pub(super) fn waiting(&self) -> u64 {
        (self.queue.max_capacity() - self.queue.capacity()) as u64
    }

    pub(super) async fn submit(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        self.queue
            .send(Message::Job(job))
            .await
            .map_err(|_| StoreError::Closed)
    }

    pub(super) async fn close(&self) {
        // The task is gone when this fails, which is what is wanted.
        let _ = self.queue.send(Message::Close).await;
        if let Some(task) = self.task.lock().await.take() {
            let _ = task.await;
        }
    }
}

/// How one run of some jobs ended.
enum Run {
    /// They are committed, each with what became of it.
    Done(Vec<Result<(), StoreError>>),
    /// Nothing was kept.
    Lost(StoreError),
    /// Nothing was kept, because this one was cut off in the middle of a statement.
    Spoilt(usize),
    /// Nothing was kept, because one has failed that had written, and nothing told its part from the others'.
    Disturbed,
    /// The connection died while committing, and what became of it cannot be found out.
    Uncertain,
}

struct Work {
    connector: Connector,
    link: Option<Link>,
    /// The database could not be reached the last time, so nobody is made to wait for it now.
    is_down: bool,
    /// Each job of the group runs in a savepoint of its own.
    is_careful: bool,
    sealer: Arc<Sealer>,
    counters: Arc<Counters>,
}

impl Work {
    async fn run(mut self, mut inbox: mpsc::Receiver<Message>) {
        while let Some(Message::Job(first)) = inbox.recv().await {
            let mut group = vec![first];
            let mut closing = false;
            let mut tenants: BTreeSet<_> = group.iter().filter_map(|job| job.tenant()).collect();
            while group.len() < GROUP && tenants.len() < TENANTS && !closing {
                match inbox.try_recv() {
                    Ok(Message::Job(job)) => {
                        tenants.extend(job.tenant());
                        group.push(job);
                    }
                    Ok(Message::Close) => closing = true,
                    Err(_) => break,
                }
            }
            group.retain(|job| !job.is_abandoned());
            self.counters.transactions.fetch_add(group.len() as u64, Relaxed);
            self.serve(group).await;
            if closing {
                break;
            }
        }
        inbox.close();
        // Whoever still waits learns that the store is closed, as the jobs are dropped.
        if let Some(link) = self.link.take() {
            link.close().await;
        }
    }

    /// Runs a group until each of its jobs has its answer.
    async fn serve(&mut self, mut group: Vec<Box<dyn Job>>) {
        let until = Instant::now() + PATIENCE;
        let mut round = 0;
        self.is_careful = false;
        while !group.is_empty() && (round < TOGETHER || group.len() == 1) {
            if self.settle(&mut group, round, until).await {
                return;
            }
            round += 1;
        }
        tracing::debug!(
            jobs = group.len(),
            "a group collides, running its transactions one by one"
        );
        for job in group {
            let mut alone = vec![job];
            let until = Instant::now() + PATIENCE;
            let mut round = 1;
            while !alone.is_empty() && !self.settle(&mut alone, round, until).await {
                round += 1;
            }
        }
    }

    /// Runs a group once, and answers whoever can be answered. True when nobody is left.
    async fn settle(&mut self, group: &mut Vec<Box<dyn Job>>, round: u32, until: Instant) -> bool {
        if round > 0 {
            self.counters.reruns.fetch_add(group.len() as u64, Relaxed);
        }
        match self.attempt(group).await {
            Run::Done(results) => {
                for (mut job, result) in group.drain(..).zip(results) {
                    job.deliver(result);
                }
            }
            Run::Uncertain => {
                // Whoever answered no was not to be kept in any case, and is told so.
                for mut job in group.drain(..) {
                    job.deliver(Err(StoreError::Uncertain));
                }
            }
            Run::Spoilt(index) => {
                if index < group.len() {
                    group.remove(index).deliver(Err(StoreError::TooLong));
                }
            }
            Run::Disturbed => self.is_careful = true,
            Run::Lost(error) => {
                let is_hopeless = group.len() == 1 && !loses_transaction(&error);
                let is_down = matches!(error, StoreError::Unreachable(_) | StoreError::Refused { .. });
                if is_hopeless || Instant::now() >= until || (is_down && self.is_down) {
                    self.is_down = is_down;
                    answer(group, &error);
                } else {
                    pause(round).await;
                }
            }
        }
        group.is_empty()
    }

    async fn attempt(&mut self, group: &mut [Box<dyn Job>]) -> Run {
        let mut link = match self.link.take() {
            Some(link) => link,
            None => match self.connector.connect().await {
                Ok(link) => link,
                Err(error) => {
                    tracing::warn!(%error, "the database cannot be reached");
                    return Run::Lost(error);
                }
            },
        };
        self.is_down = false;
        let results = match self.run_jobs(&mut link, group).await {
            Ok(results) => results,
            Err(lost) => {
                if !link.is_spoilt() && link.roll_back().await.is_ok() {
                    self.link = Some(link);
                }
                return lost;
            }
        };
        let committed = link.commit().await;
        match committed {
            Ok(()) => {
                self.counters.commits.fetch_add(1, Relaxed);
                self.link = Some(link);
                Run::Done(results)
            }
            Err(StoreError::Unreachable(failure)) => match self.ask(link.number()).await {
                Fate::Committed => Run::Done(results),
                Fate::Aborted => Run::Lost(StoreError::Unreachable(failure)),
                Fate::Unknown | Fate::Lost => Run::Uncertain,
            },
            Err(error) => {
                if link.roll_back().await.is_ok() {
                    self.link = Some(link);
                }
                Run::Lost(error)
            }
        }
    }

    /// Runs the jobs. A savepoint for each costs the database as much as some of them do, so several begin without, and are
    /// run again with savepoints when one of them has to be undone alone.
    async fn run_jobs(
        &self,
        link: &mut Link,
        group: &mut [Box<dyn Job>],
    ) -> Result<Vec<Result<(), StoreError>>, Run> {
        link.begin_in_turn(&group.iter().filter_map(|job| job.tenant()).collect());
        let is_alone = group.len() == 1;
        let has_savepoints = self.is_careful && !is_alone;
        let mut results = Vec::with_capacity(group.len());
        for (index, job) in group.iter_mut().enumerate() {
            link.watch();
            if has_savepoints {
                link.save(index == 0);
            }
            let kept = job.run(&mut SqlUnit::new(link, &self.sealer)).await;
            tracing::trace!(transaction = job.name(), ?kept, "transaction ran");
            if link.is_spoilt() {
                return Err(Run::Spoilt(index));
            }
            let failure = link.take_failure();
            if let Some(error) = failure.as_ref().filter(|error| loses_transaction(error)) {
                return Err(Run::Lost(error.clone()));
            }
            let has_failed = kept == Kept::No || failure.is_some();
            if has_failed && !is_alone && !has_savepoints {
                if failure.is_some() || link.has_written() {
                    return Err(Run::Disturbed);
                }
            } else if has_failed {
                let undone = if is_alone {
                    link.roll_back().await
                } else {
                    link.undo().await
                };
                undone.map_err(Run::Lost)?;
                if is_alone {
                    // Nothing is left to commit.
                    link.begin(WRITE);
                }
            }
            // A job that answers yes although a statement failed was not kept either.
            results.push(failure.map_or(Ok(()), Err));
        }
        Ok(results)
    }

    /// Asks on a new connection what became of a transaction; nobody is told that it failed while it may have been kept.
    async fn ask(&self, number: Option<Number>) -> Fate {
        let Some(number) = number else {
            return Fate::Unknown;
        };
        let until = Instant::now() + PATIENCE;
        let mut round = 0;
        while Instant::now() < until {
            pause(round).await;
            round += 1;
            let Ok(mut link) = self.connector.connect().await else {
                continue;
            };
            match link.fate(&number).await {
                Ok(Fate::Unknown) | Err(_) => {}
                Ok(fate) => return fate,
            }
        }
        Fate::Unknown
    }
}

fn answer(group: &mut Vec<Box<dyn Job>>, error: &StoreError) {
    for mut job in group.drain(..) {
        job.deliver_failure(error.clone());
    }
}

/// Longer from round to round, and never the same on two nodes.
async fn pause(round: u32) {
    let longest = PAUSE.min(Duration::from_millis(2 << round.min(10)));
    let mut die = [0];
    // Without randomness it is the longest pause, which is as good for one node.
    let spread = SystemRandom.fill(&mut die).map_or(255, |()| die[0]);
    tokio::time::sleep(longest.mul_f64(f64::from(spread) / 255.0)).await;
}
