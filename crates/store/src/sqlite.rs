//! SQLite: one file, write-ahead log, one writer that commits in groups, and readers beside it.

mod connection;
mod failure;
mod migrations;
mod reader;
pub(crate) mod upkeep;
pub(crate) mod whole;
mod writer;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;

use crate::error::StoreError;
use crate::migration::Migration;
use crate::sealed::Sealer;
use crate::store::{Backend, Job, Statistics};
use connection::SqliteSession;
pub(crate) use migrations::MIGRATIONS;
use reader::Readers;
use writer::Writer;

/// The SQLite engine.
pub(crate) struct Sqlite {
    writer: Writer,
    readers: Readers,
}

impl Sqlite {
    pub(crate) async fn open(path: &Path, sealer: Sealer) -> Result<Self, StoreError> {
        Self::open_knowing(path, sealer, MIGRATIONS)
    }

    /// As a program that knows these migrations opens it.
    pub(crate) fn open_knowing(path: &Path, sealer: Sealer, known: &[Migration]) -> Result<Self, StoreError> {
        let sealer = Arc::new(sealer);
        if path.exists() {
            migrations::refuse_users(path, known)?;
        }
        let mut connection = connection::open_writer(path)?;
        migrations::apply(&mut connection, known)?;
        let readers = Readers::open(path, Arc::clone(&sealer))?;
        Ok(Self {
            writer: Writer::start(connection, sealer)?,
            readers,
        })
    }
}

#[async_trait]
impl Backend for Sqlite {
    async fn submit(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        self.writer.submit(job).await
    }

    async fn read(&self, job: &mut dyn Job) -> Result<(), StoreError> {
        self.readers.read(job).await
    }

    async fn glance(&self, job: &mut dyn Job) -> Result<(), StoreError> {
        self.readers.glance(job).await
    }

    fn statistics(&self) -> Statistics {
        self.writer.statistics()
    }

    async fn close(&self) {
        self.writer.close().await;
        self.readers.close().await;
    }
}
