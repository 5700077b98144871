//! Readers: connections that cannot write, each job on one state of the database.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::SqliteSession;
use super::connection::{open_reader, say};
use crate::error::StoreError;
use crate::sealed::Sealer;
use crate::sql::SqlUnit;
use crate::store::Job;

/// Readers at once. Each has a cache of its own, and reading is short.
const CONNECTIONS: usize = 4;

/// How long a reader waits for a connection before the store says that it is busy.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct Readers {
    path: PathBuf,
    sealer: Arc<Sealer>,
    places: Semaphore,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn open(path: &Path, sealer: Arc<Sealer>) -> Result<Self, StoreError> {
        Ok(Self {
            path: path.to_owned(),
            sealer,
            places: Semaphore::new(CONNECTIONS),
            idle: Mutex::new(vec![open_reader(path)?]),
        })
    }

    pub(super) async fn read(&self, job: &mut dyn Job) -> Result<(), StoreError> {
        self.run(job, true).await
    }

    /// For a job of one statement, which sees one state by itself.
    pub(super) async fn glance(&self, job: &mut dyn Job) -> Result<(), StoreError> {
        self.run(job, false).await
    }

    async fn run(&self, job: &mut dyn Job, in_transaction: bool) -> Result<(), StoreError> {
        let place = tokio::time::timeout(PATIENCE, self.places.acquire()).await;
        let _place = place
            .map_err(|_| StoreError::Busy)?
            .map_err(|_| StoreError::Closed)?;
        let mut reading = Reading::begin(self, in_transaction)?;
        let mut session = SqliteSession::new(reading.connection()?);
        job.run(&mut SqlUnit::new(&mut session, &self.sealer)).await;
        reading.end()
    }

    /// Waits for those who read, and lets nobody else.
    pub(super) async fn close(&self) {
        if let Ok(all) = self.places.acquire_many(CONNECTIONS as u32).await {
            self.places.close();
            drop(all);
        }
        self.idle().clear();
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        // A panic elsewhere leaves the list whole: every change is one call.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that somebody reads on, in a transaction on one state of the database. A caller that goes away leaves nothing open.
struct Reading<'r> {
    readers: &'r Readers,
    connection: Option<Connection>,
    in_transaction: bool,
}

impl<'r> Reading<'r> {
    fn begin(readers: &'r Readers, in_transaction: bool) -> Result<Self, StoreError> {
        let kept = readers.idle().pop();
        let connection = match kept {
            Some(connection) => connection,
            None => open_reader(&readers.path)?,
        };
        if in_transaction {
            say(&connection, "BEGIN")?;
        }
        Ok(Self {
            readers,
            connection: Some(connection),
            in_transaction,
        })
    }

    fn connection(&mut self) -> Result<&mut Connection, StoreError> {
        self.connection.as_mut().ok_or(StoreError::Closed)
    }

    fn end(mut self) -> Result<(), StoreError> {
        self.give_back()
    }

    /// A connection that cannot end its transaction is not used again.
    fn give_back(&mut self) -> Result<(), StoreError> {
        let Some(connection) = self.connection.take() else {
            return Ok(());
        };
        if self.in_transaction {
            say(&connection, "ROLLBACK")?;
        }
        self.readers.idle().push(connection);
        Ok(())
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.give_back() {
            tracing::debug!(%error, "a reader's connection is not used again");
        }
    }
}
