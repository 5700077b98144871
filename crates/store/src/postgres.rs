//! PostgreSQL: serialisable transactions that are run again when they collide, a few writers that commit in groups, and
//! readers beside them.

mod connect;
mod failure;
mod lane;
mod link;
pub(crate) mod migrations;
mod reader;
pub(crate) mod whole;

use std::sync::Arc;

use async_trait::async_trait;
use clausa_core::id::TenantId;

use crate::error::StoreError;
use crate::migration::Migration;
use crate::sealed::Sealer;
use crate::store::{Backend, Job, Statistics};
use connect::Connector;
use lane::{Counters, Lane};
use reader::Readers;

/// Lanes for the transactions of tenants; one more takes those that are about no tenant, or about several.
const TENANT_LANES: u8 = 3;

/// The PostgreSQL engine.
pub(crate) struct Postgres {
    lanes: Vec<Lane>,
    readers: Readers,
    counters: Arc<Counters>,
}

impl Postgres {
    pub(crate) async fn open(url: &str, password: Option<&str>, sealer: Sealer) -> Result<Self, StoreError> {
        Self::open_knowing(url, password, sealer, migrations::MIGRATIONS).await
    }

    /// As a program that knows these migrations opens it.
    pub(crate) async fn open_knowing(
        url: &str,
        password: Option<&str>,
        sealer: Sealer,
        known: &[Migration],
    ) -> Result<Self, StoreError> {
        let connector = Connector::new(url, password)?.knowing(known);
        migrations::apply(&connector, known).await?;
        let sealer = Arc::new(sealer);
        let counters = Arc::new(Counters::default());
        let lanes = (0..=TENANT_LANES)
            .map(|_| Lane::start(connector.clone(), Arc::clone(&sealer), Arc::clone(&counters)))
            .collect();
        Ok(Self {
            lanes,
            readers: Readers::new(connector, sealer),
            counters,
        })
    }

    /// One tenant's transactions share a lane, because they would collide in two: each writes the tenant's log.
    fn lane(&self, tenant: Option<TenantId>) -> Option<&Lane> {
        let index = tenant.map_or(0, |tenant| {
            let sum = tenant
                .as_bytes()
                .iter()
                .fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
            usize::from(1 + sum % TENANT_LANES)
        });
        self.lanes.get(index)
    }
}

#[async_trait]
impl Backend for Postgres {
    async fn submit(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        let lane = self.lane(job.tenant()).ok_or(StoreError::Closed)?;
        lane.submit(job).await
    }

    async fn read(&self, job: &mut dyn Job) -> Result<(), StoreError> {
        self.readers.read(job).await
    }

    async fn glance(&self, job: &mut dyn Job) -> Result<(), StoreError> {
        self.readers.glance(job).await
    }

    fn statistics(&self) -> Statistics {
        Statistics {
            waiting: self.lanes.iter().map(Lane::waiting).sum(),
            ..self.counters.statistics()
        }
    }

    async fn close(&self) {
        for lane in &self.lanes {
            lane.close().await;
        }
        self.readers.close().await;
    }
}
