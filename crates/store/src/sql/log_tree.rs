//! The tree over the log in SQL.

use async_trait::async_trait;
use clausa_core::id::TenantId;

use super::{Session, SqlUnit, values};
use crate::error::StoreError;
use crate::permit::{Action, Permit};
use crate::record::log::LogFilter;
use crate::record::log_tree::{Grown, LogBehind, LogEvidence, LogTree};
use crate::record::micros::Micros;
use crate::repo::LogTrees;
use crate::tree::Hash;
use crate::tree::leaf::{Salts, commitments, leaf};
use crate::tree::tiles::{RightEdge, edge};

#[async_trait]
impl<S: Session> LogTrees for SqlUnit<'_, S> {
    async fn logs_behind(
        &mut self,
        after: Option<TenantId>,
        many: u64,
        signed_before: Micros,
        limit: u32,
    ) -> Result<Vec<LogBehind>, StoreError> {
        let after = after.map_or_else(Vec::new, |tenant| tenant.as_bytes().to_vec());
        let rows = self
            .directory_rows(BEHIND, values![after, many, signed_before, limit])
            .await?;
        rows.into_iter()
            .map(|mut row| {
                Ok(LogBehind {
                    tenant: row.next("log_heads.tenant")?,
                    entries: row.next("log_heads.length")?,
                })
            })
            .collect()
    }

    async fn grow_log_tree(&mut self, permit: &Permit, limit: u32) -> Result<Option<Grown>, StoreError> {
        permit.covers_system()?;
        let tenant = permit.tenant();
        // Whoever comes second waits here, and then sees what the first has done.
        let mut lock = self
            .row(LOCK, values![tenant])
            .await?
            .ok_or(missing("log_trees"))?;
        let size: u64 = lock.next("log_trees.size")?;
        let leaves = self.new_leaves(permit, size, limit).await?;
        if leaves.is_empty() {
            let head = self.row(LENGTH, values![tenant]).await?;
            let length = head.map_or(Ok(0), |mut head| head.next("log_heads.length"))?;
            return if length > size {
                Err(missing("log"))
            } else {
                Ok(None)
            };
        }
        let mut levels = Vec::new();
        for (level, number, width) in edge(size) {
            levels.push(self.edge_tile(tenant, level, number, width).await?);
        }
        let mut tree = RightEdge::new(size, levels);
        for tile in tree.append(&leaves) {
            self.execute(
                PUT_TILE,
                values![tenant, tile.level, tile.number, tile.hashes.as_flattened()],
            )
            .await?;
        }
        Ok(Some(Grown {
            size: tree.size(),
            root: tree.root(),
        }))
    }

    async fn put_checkpoint(
        &mut self,
        permit: &Permit,
        size: u64,
        checkpoint: &str,
        at: Micros,
    ) -> Result<(), StoreError> {
        permit.covers_system()?;
        let kept = self
            .changes(CHECKPOINT, values![permit.tenant(), size, checkpoint, at])
            .await?;
        if kept { Ok(()) } else { Err(missing("log_trees")) }
    }

    async fn log_tree(&mut self, permit: &Permit) -> Result<LogTree, StoreError> {
        permit.covers(&[Action::ReadLog])?;
        let Some(mut row) = self.row(TREE, values![permit.tenant()]).await? else {
            return Ok(LogTree::default());
        };
        Ok(LogTree {
            length: row.next("log_heads.length")?,
            size: row.next("log_trees.size")?,
            checkpoint: row.next("log_trees.checkpoint")?,
            signed_at: row.next("log_trees.signed_at")?,
            detached: row.next("log_trees.detached")?,
        })
    }

    async fn logs(&mut self, after: Option<TenantId>, limit: u32) -> Result<Vec<TenantId>, StoreError> {
        let after = after.map_or_else(Vec::new, |tenant| tenant.as_bytes().to_vec());
        let rows = self.directory_rows(LOGS, values![after, limit]).await?;
        rows.into_iter()
            .map(|mut row| row.next("log_heads.tenant"))
            .collect()
    }

    async fn log_position(&mut self, permit: &Permit, before: Micros) -> Result<u64, StoreError> {
        permit.covers_system()?;
        let row = self.row(POSITION, values![permit.tenant(), before]).await?;
        row.map_or(Ok(0), |mut row| row.next("log.sequence"))
    }

    async fn detach_log(&mut self, permit: &Permit, last: u64, limit: u32) -> Result<u64, StoreError> {
        permit.covers_system()?;
        self.execute(DETACHED, values![permit.tenant(), last]).await?;
        self.execute(DETACH, values![permit.tenant(), last, limit]).await
    }

    async fn log_tile(
        &mut self,
        permit: &Permit,
        level: u32,
        tile: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        permit.covers(&[Action::ReadLog])?;
        let row = self.row(TILE, values![permit.tenant(), level, tile]).await?;
        row.map(|mut row| row.next("log_tiles.hashes")).transpose()
    }

    async fn log_evidence(
        &mut self,
        permit: &Permit,
        filter: &LogFilter,
    ) -> Result<Vec<LogEvidence>, StoreError> {
        self.evidence(permit, filter).await
    }
}

impl<S: Session> SqlUnit<'_, S> {
    /// The leaves after the first `size`, without a gap.
    async fn new_leaves(&mut self, permit: &Permit, size: u64, limit: u32) -> Result<Vec<Hash>, StoreError> {
        let rows = self
            .rows(NEW_LEAVES, values![permit.tenant(), size, limit])
            .await?;
        let mut leaves = Vec::with_capacity(rows.len());
        for (mut row, expected) in rows.into_iter().zip(size + 1..) {
            let sequence: u64 = row.next("log.sequence")?;
            if sequence != expected {
                return Err(missing("log"));
            }
            leaves.push(match row.next::<Option<Hash>>("log.leaf")? {
                Some(leaf) => leaf,
                None => self.give_leaf(permit, sequence).await?,
            });
        }
        Ok(leaves)
    }

    /// Gives an entry of an older version its leaf.
    pub(super) async fn give_leaf(&mut self, permit: &Permit, sequence: u64) -> Result<Hash, StoreError> {
        let filter = LogFilter {
            content: None,
            after: sequence - 1,
            limit: 1,
        };
        let evidence = self.evidence(permit, &filter).await?;
        let entry = evidence.into_iter().next().ok_or(missing("log"))?.entry.entry;
        let seed = self.random()?;
        let leaf = leaf(
            permit.tenant(),
            sequence,
            entry.at,
            &entry,
            &commitments(&entry, &Salts::derive(&seed)),
        );
        self.execute(GIVE_LEAF, values![permit.tenant(), sequence, seed, leaf])
            .await?;
        Ok(leaf)
    }

    async fn edge_tile(
        &mut self,
        tenant: TenantId,
        level: u32,
        number: u64,
        width: usize,
    ) -> Result<Vec<Hash>, StoreError> {
        if width == 0 {
            return Ok(Vec::new());
        }
        let row = self.row(TILE, values![tenant, level, number]).await?;
        let hashes: Vec<u8> = row.ok_or(missing("log_tiles"))?.next("log_tiles.hashes")?;
        match hashes.as_chunks() {
            (hashes, []) if hashes.len() == width => Ok(hashes.to_vec()),
            _ => Err(missing("log_tiles.hashes")),
        }
    }
}

fn missing(what: &'static str) -> StoreError {
    StoreError::Corrupt { what }
}

const BEHIND: &str = "SELECT h.tenant, h.length - COALESCE(t.size, 0) FROM log_heads h \
     LEFT JOIN log_trees t ON t.tenant = h.tenant WHERE h.tenant > $1 AND h.length > COALESCE(t.size, 0) \
     AND (h.length >= COALESCE(t.size, 0) + $2 OR COALESCE(t.signed_at, 0) < $3) ORDER BY h.tenant LIMIT $4";
const LOCK: &str = "INSERT INTO log_trees (tenant, size, signed_at, detached) VALUES ($1, 0, 0, 0) \
     ON CONFLICT (tenant) DO UPDATE SET size = log_trees.size RETURNING size";
const LENGTH: &str = "SELECT length FROM log_heads WHERE tenant = $1";
const NEW_LEAVES: &str =
    "SELECT sequence, leaf FROM log WHERE tenant = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";
const GIVE_LEAF: &str =
    "UPDATE log SET salts = $3, leaf = $4 WHERE tenant = $1 AND sequence = $2 AND leaf IS NULL";
const PUT_TILE: &str = "INSERT INTO log_tiles (tenant, level, tile, hashes) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (tenant, level, tile) DO UPDATE SET hashes = excluded.hashes";
const CHECKPOINT: &str =
    "UPDATE log_trees SET size = $2, checkpoint = $3, signed_at = $4 WHERE tenant = $1 AND size < $2";
const TREE: &str = "SELECT h.length, COALESCE(t.size, 0), t.checkpoint, COALESCE(t.signed_at, 0), \
     COALESCE(t.detached, 0) FROM log_heads h LEFT JOIN log_trees t ON t.tenant = h.tenant WHERE h.tenant = $1";
const LOGS: &str = "SELECT tenant FROM log_heads WHERE tenant > $1 ORDER BY tenant LIMIT $2";
const POSITION: &str = "SELECT COALESCE(MAX(l.sequence), 0) FROM log l JOIN log_trees t ON t.tenant = l.tenant \
     WHERE l.tenant = $1 AND l.written_at < $2 AND l.sequence <= t.size";
const DETACHED: &str = "UPDATE log_trees SET detached = $2 WHERE tenant = $1 AND detached < $2";
const DETACH: &str = "DELETE FROM log WHERE tenant = $1 AND sequence <= $2 AND sequence IN \
     (SELECT sequence FROM log WHERE tenant = $1 ORDER BY sequence LIMIT $3)";
const TILE: &str = "SELECT hashes FROM log_tiles WHERE tenant = $1 AND level = $2 AND tile = $3";
