//! Seen proofs of possession in SQL.

use async_trait::async_trait;

use super::{Session, SqlUnit, values};
use crate::error::StoreError;
use crate::record::hash::ReplayKey;
use crate::record::micros::Micros;
use crate::repo::Replays;

#[async_trait]
impl<S: Session> Replays for SqlUnit<'_, S> {
    async fn note_proof(&mut self, key: &ReplayKey, expires_at: Micros) -> Result<bool, StoreError> {
        self.changes(NOTE, values![key, expires_at]).await
    }

    async fn purge_proofs(&mut self, now: Micros, limit: u32) -> Result<u64, StoreError> {
        self.execute(PURGE, values![now, limit]).await
    }
}

const NOTE: &str = "INSERT INTO replays (proof, expires_at) VALUES ($1, $2) ON CONFLICT (proof) DO NOTHING";
const PURGE: &str = "DELETE FROM replays WHERE proof IN \
     (SELECT proof FROM replays WHERE expires_at < $1 LIMIT $2)";
