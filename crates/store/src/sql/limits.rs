//! Rate limits in SQL.
//!
//! A bucket is one number, the time at which it would be full again (the generic cell rate algorithm): taking one
//! moves that time on by the refill interval, and is refused when it would lie further ahead than a whole bucket.

use async_trait::async_trait;

use super::{Session, SqlUnit, values};
use crate::error::StoreError;
use crate::record::limit::{Bucket, Take};
use crate::record::micros::Micros;
use crate::repo::Limits;

/// Ten years: longer intervals make no sense and could overflow the column.
const LONGEST: u64 = 315_360_000 * Micros::SECOND;

#[async_trait]
impl<S: Session> Limits for SqlUnit<'_, S> {
    async fn take(&mut self, key: &str, bucket: Bucket, now: Micros) -> Result<Take, StoreError> {
        let interval = bucket.refill_micros.min(LONGEST);
        let whole = interval
            .saturating_mul(u64::from(bucket.capacity.max(1)))
            .min(LONGEST);
        let latest = now.0.saturating_add(whole);
        if self.changes(TAKE, values![key, now, interval, latest]).await? {
            return Ok(Take::Allowed);
        }
        let full_at: u64 = match self.row(FULL_AT, values![key]).await? {
            Some(mut row) => row.next("limits.full_at")?,
            None => {
                return Err(StoreError::Corrupt {
                    what: "limits.full_at",
                });
            }
        };
        let micros = full_at.saturating_add(interval).saturating_sub(latest).max(1);
        Ok(Take::RetryAfter { micros })
    }

    async fn refill(&mut self, key: &str) -> Result<(), StoreError> {
        self.execute(REFILL, values![key]).await?;
        Ok(())
    }

    async fn purge_limits(&mut self, now: Micros, limit: u32) -> Result<u64, StoreError> {
        self.execute(PURGE, values![now, limit]).await
    }
}

const TAKE: &str = "INSERT INTO limits (bucket, full_at) VALUES ($1, $2 + $3) \
     ON CONFLICT (bucket) DO UPDATE \
     SET full_at = CASE WHEN limits.full_at > $2 THEN limits.full_at ELSE $2 END + $3 \
     WHERE CASE WHEN limits.full_at > $2 THEN limits.full_at ELSE $2 END + $3 <= $4";
const FULL_AT: &str = "SELECT full_at FROM limits WHERE bucket = $1";
const REFILL: &str = "DELETE FROM limits WHERE bucket = $1";
const PURGE: &str =
    "DELETE FROM limits WHERE bucket IN (SELECT bucket FROM limits WHERE full_at <= $1 LIMIT $2)";
