//! The tree over the log.

use async_trait::async_trait;
use clausa_core::id::TenantId;

use crate::error::StoreError;
use crate::permit::Permit;
use crate::record::log::LogFilter;
use crate::record::log_tree::{Grown, LogBehind, LogEvidence, LogTree};
use crate::record::micros::Micros;

/// The Merkle tree over the log of the permit's tenant (RFC 6962), kept in tiles.
#[async_trait]
pub trait LogTrees {
    /// Tenants after `after` whose trees are behind their logs: by at least `many` entries, or by any when their
    /// checkpoint was signed before `signed_before`. At most `limit`, in the order of their ids.
    async fn logs_behind(
        &mut self,
        after: Option<TenantId>,
        many: u64,
        signed_before: Micros,
        limit: u32,
    ) -> Result<Vec<LogBehind>, StoreError>;

    /// Takes at most `limit` more entries into the tree, and locks it for the rest of the transaction. None when there
    /// are none. Entries of older versions get their leaves here.
    ///
    /// The caller signs what comes back and gives it to [`put_checkpoint`](Self::put_checkpoint) in the same
    /// transaction: a tree without a checkpoint is never stored.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when an entry or a tile is missing, so that nobody signs for a log with a gap.
    async fn grow_log_tree(&mut self, permit: &Permit, limit: u32) -> Result<Option<Grown>, StoreError>;

    /// Keeps the signed checkpoint over `size` leaves.
    async fn put_checkpoint(
        &mut self,
        permit: &Permit,
        size: u64,
        checkpoint: &str,
        at: Micros,
    ) -> Result<(), StoreError>;

    /// Tenants after `after` that have a log. At most `limit`, in the order of their ids.
    async fn logs(&mut self, after: Option<TenantId>, limit: u32) -> Result<Vec<TenantId>, StoreError>;

    /// The number of the last entry in the tree that was written before `before`; 0 when there is none.
    async fn log_position(&mut self, permit: &Permit, before: Micros) -> Result<u64, StoreError>;

    /// Removes at most `limit` entries up to `last`, which have been written into a file; says how many. They must be
    /// in the tree, whose hashes stay.
    async fn detach_log(&mut self, permit: &Permit, last: u64, limit: u32) -> Result<u64, StoreError>;

    /// How far the tree has grown, with its checkpoint. For `ReadLog`.
    async fn log_tree(&mut self, permit: &Permit) -> Result<LogTree, StoreError>;

    /// The hashes of a tile, one after another. For `ReadLog`.
    async fn log_tile(
        &mut self,
        permit: &Permit,
        level: u32,
        tile: u64,
    ) -> Result<Option<Vec<u8>>, StoreError>;

    /// As [`log`](crate::repo::Log::log), with what each leaf is computed from.
    async fn log_evidence(
        &mut self,
        permit: &Permit,
        filter: &LogFilter,
    ) -> Result<Vec<LogEvidence>, StoreError>;
}
