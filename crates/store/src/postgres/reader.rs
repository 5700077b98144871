//! Readers: connections that are lent out, each job on one state of the database. A reading is run again when its
//! connection turns out to be dead, since nothing can have come of it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::connect::Connector;
use super::failure::loses_transaction;
use super::link::{Link, Mark, READ};
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

/// How a job reads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Transaction,
    Glance,
}

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
        self.look(job, Look::Transaction).await
    }

    /// For a job of one statement, which sees one state without a transaction around it: one message instead of three, when
    /// the connection was about the same tenant before.
    pub(super) async fn glance(&self, job: &mut dyn Job) -> Result<(), StoreError> {
        self.look(job, Look::Glance).await
    }

    async fn look(&self, job: &mut dyn Job, how: Look) -> Result<(), StoreError> {
        let wanted = job.tenant().map_or(Mark::Directory, Mark::Tenant);
        let until = Instant::now() + PATIENCE;
        let _place = tokio::time::timeout(PATIENCE, self.places.acquire())
            .await
            .map_err(|_| StoreError::Busy)?
            .map_err(|_| StoreError::Closed)?;
        loop {
            let failure = match self.link(wanted, how).await {
                Ok(link) => match self.run(link, job, how).await {
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
    async fn run(&self, mut link: Link, job: &mut dyn Job, how: Look) -> Option<StoreError> {
        match how {
            Look::Transaction => link.begin(READ),
            Look::Glance => link.glance(),
        }
        job.run(&mut SqlUnit::new(&mut link, &self.sealer)).await;
        let failure = link.take_failure();
        let is_whole = match how {
            Look::Transaction => !link.is_spoilt() && link.roll_back().await.is_ok(),
            Look::Glance => !link.is_spoilt() && failure.is_none(),
        };
        if is_whole {
            self.idle().push(link);
        }
        failure
    }

    /// A connection; for a glance one that was about the same tenant last, if there is one.
    async fn link(&self, wanted: Mark, how: Look) -> Result<Link, StoreError> {
        let idle = {
            let mut idle = self.idle();
            let fits = |link: &Link| how == Look::Glance && link.stands_for(wanted);
            match idle.iter().position(fits) {
                Some(place) => Some(idle.swap_remove(place)),
                None => idle.pop(),
            }
        };
        match idle {
            Some(link) => Ok(link),
            None => self.connector.connect_for_reading().await,
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
