//! Proofs of possession that were seen.

use async_trait::async_trait;

use crate::error::StoreError;
use crate::record::hash::ReplayKey;
use crate::record::micros::Micros;

/// Proofs of possession that were seen, so that each works once on all nodes (`SEC-97`).
#[async_trait]
pub trait Replays {
    /// Notes a proof. False when it was seen before: refuse it.
    async fn note_proof(&mut self, key: &ReplayKey, expires_at: Micros) -> Result<bool, StoreError>;

    /// Forgets up to `limit` proofs that expired before `now`. How many.
    async fn purge_proofs(&mut self, now: Micros, limit: u32) -> Result<u64, StoreError>;
}
