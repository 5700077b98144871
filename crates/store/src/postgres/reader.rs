//! Readers: connections that are lent out, each job on one state of the database. A reading is run again when its
//! connection turns out to be dead, since nothing can have come of it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::connect::Connector;
use super::failure::loses_transaction;
use super::link::{Link, READ};
use crate::error::StoreError;
use crate::sealed::Sealer;
use crate::sql::SqlUnit;
use crate::store::Job;

/// Readings at once, and connections for them.
const CONNECTIONS: usize = 8;
/// How long a reading waits for a connection, and for the database to come back.
const PATIENCE: Duration = Duration::from_secs(5);
/// The pause before a reading is run again.
const PAUSE: Duration = Duration::from_millis(50);

pub(super) struct Readers {
    connector: Connector,
    sealer: Arc<Sealer>,
    idle: Mutex<Vec<Link>>,
    places: Semaphore,
}

impl Readers {
    pub(super) fn new(connector: Connector, sealer: Arc<Sealer>) -> Self {
        Self {
            connector,
            sealer,
            idle: Mutex::default(),
            places: Semaphore::new(CONNECTIONS),
        }
    }

    pub(super) async fn read(&self, job: &mut dyn Job) -> Result<(), StoreError> {
        let until = Instant::now() + PATIENCE;
        let _place = tokio::time::timeout(PATIENCE, self.places.acquire())
            .await
            .map_err(|_| StoreError::Busy)?
            .map_err(|_| StoreError::Closed)?;
        loop {
            let failure = match self.link().await {
                Ok(link) => match self.run(link, job).await {
                    Some(failure) if loses_transaction(&failure) => failure,
                    _ => return Ok(()),
                },
                Err(failure) => failure,
            };
            if matches!(failure, StoreError::Unreachable(_)) {
                // The others died with it.
                self.idle().clear();
            }
            if !loses_transaction(&failure) || Instant::now() + PAUSE >= until {
                return Err(failure);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Runs the job and says what failed. A link that may be in the middle of something is dropped, and so it is when the
    /// caller goes away.
    async fn run(&self, mut link: Link, job: &mut dyn Job) -> Option<StoreError> {
        link.begin(READ);
        job.run(&mut SqlUnit::new(&mut link, &self.sealer)).await;
        let failure = link.take_failure();
        if !link.is_spoilt() && link.roll_back().await.is_ok() {
            self.idle().push(link);
        }
        failure
    }

    async fn link(&self) -> Result<Link, StoreError> {
        let idle = self.idle().pop();
        match idle {
            Some(link) => Ok(link),
            None => self.connector.connect().await,
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Link>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn close(&self) {
        self.places.close();
        let idle = std::mem::take(&mut *self.idle());
        for link in idle {
            link.close().await;
        }
    }
}
