//! Rate limits.

use async_trait::async_trait;

use crate::error::StoreError;
use crate::record::limit::{Bucket, Take};
use crate::record::micros::Micros;

/// Rate limits that hold across nodes and restarts (`SEC-81`).
#[async_trait]
pub trait Limits {
    /// Takes one from the bucket `key` (such as `login.account:<id>`; a key holds no address or other personal text
    /// but its hash). Return the answer as an `Ok` of the transaction, or what was taken is given back.
    async fn take(&mut self, key: &str, bucket: Bucket, now: Micros) -> Result<Take, StoreError>;

    /// Fills a bucket up again, after a success that makes earlier failures harmless.
    async fn refill(&mut self, key: &str) -> Result<(), StoreError>;

    /// Forgets up to `limit` buckets that are full again. How many.
    async fn purge_limits(&mut self, now: Micros, limit: u32) -> Result<u64, StoreError>;
}
