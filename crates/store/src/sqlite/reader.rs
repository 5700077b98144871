//! Readers: a pool of connections that cannot write, each job on one state of the database.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::SqlitePoolOptions;

use super::SqliteSession;
use super::connection::reader_options;
use super::failure::translate;
use crate::error::StoreError;
use crate::sealed::Sealer;
use crate::sql::SqlUnit;
use crate::store::Job;

/// Readers at once. Each is a thread with a cache of its own, and reading is short.
const CONNECTIONS: u32 = 4;

/// How long a reader waits for a connection before the store says that it is busy.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct Readers {
    pool: SqlitePool,
    sealer: Arc<Sealer>,
}

impl Readers {
    pub(super) async fn open(path: &Path, sealer: Arc<Sealer>) -> Result<Self, StoreError> {
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS)
            .min_connections(1)
            .acquire_timeout(PATIENCE)
            .test_before_acquire(false)
            .connect_with(reader_options(path))
            .await
            .map_err(translate)?;
        Ok(Self { pool, sealer })
    }

    pub(super) async fn read(&self, job: &mut dyn Job) -> Result<(), StoreError> {
        // Rolled back when dropped, so a caller that goes away leaves nothing open.
        let mut transaction = self.pool.begin().await.map_err(translate)?;
        let mut session = SqliteSession::new(&mut transaction);
        job.run(&mut SqlUnit::new(&mut session, &self.sealer)).await;
        transaction.rollback().await.map_err(translate)
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}
