//! What a database engine has to do for a [`super::Store`].

use async_trait::async_trait;

use super::{Job, Statistics};
use crate::error::StoreError;

/// One database engine.
#[async_trait]
pub(crate) trait Backend: Send + Sync {
    /// Takes a transaction, and delivers its answer once it is durable.
    async fn submit(&self, job: Box<dyn Job>) -> Result<(), StoreError>;

    /// Runs a job on one state of the database, without writing. The answer stays with the job.
    async fn read(&self, job: &mut dyn Job) -> Result<(), StoreError>;

    /// Runs a job of a single statement without writing, and without a transaction around it.
    async fn glance(&self, job: &mut dyn Job) -> Result<(), StoreError>;

    /// What was done so far.
    fn statistics(&self) -> Statistics;

    /// Commits what is under way and closes the database.
    async fn close(&self);
}
