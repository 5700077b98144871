//! Verifying one tenant's whole log as it is stored: every row's leaf is computed anew, every hash of the tree from those,
//! and the root is held against the signed checkpoint. Rows come from the authority's database; what judges them is the
//! client's code.

use clausa_client::log_verify::{
    Checkpoint, Hash, Missing, RootBuilder, TileCache, checkpoint_origin, leaf_hash,
};
use clausa_core::id::TenantId;
use clausa_server::AppState;
use clausa_server::usecase::inspect_log::{self, StoredEntry, StoredLog};

use crate::exit_codes::Kind;
use crate::failure::Failure;

/// Rows that are read at once.
const PAGE: u32 = 1_000;

/// A log that is in order.
pub(super) struct Verified {
    /// Its name.
    pub(super) log: String,
    /// Entries in all, the detached ones among them.
    pub(super) length: u64,
    /// Entries under the checkpoint.
    pub(super) size: u64,
    /// Entries that are in files, whose hashes were verified and texts were not.
    pub(super) detached: u64,
    /// Their root hash.
    pub(super) root: Hash,
}

/// Verifies it.
pub(super) async fn verify(state: &AppState, tenant: TenantId) -> Result<Verified, Failure> {
    let log = checkpoint_origin(state.origin(), tenant);
    let wrong = |what: String| Failure::new(Kind::LogRewritten, format!("{log}: {what}"));
    let unreadable =
        |error: inspect_log::Unreadable| wrong(format!("the stored log cannot be read: {error}"));
    let StoredLog { tree, keys, .. } = inspect_log::log(state, tenant).await.map_err(unreadable)?;
    let signed = match &tree.checkpoint {
        Some(note) => Some(Checkpoint::open(note, &log, &keys).map_err(|fault| wrong(fault.to_string()))?),
        None => None,
    };
    let size = signed.map_or(0, |signed| signed.size);
    if size != tree.size || tree.detached > size || tree.length < size {
        return Err(wrong(
            "the counts of its entries do not fit each other".to_owned(),
        ));
    }
    let mut audit = Audit {
        state,
        tenant,
        tree: RootBuilder::default(),
        levels: Vec::new(),
    };
    for tile in 0..tree.detached.div_ceil(256) {
        let hashes = audit.stored_tile(0, tile).await.map_err(unreadable)?;
        let wanted = (tree.detached - tile * 256).min(256) as usize;
        let Some(hashes) = hashes.get(..wanted) else {
            return Err(wrong("hashes of its tree are missing".to_owned()));
        };
        for leaf in hashes.iter().copied() {
            audit.take(leaf).await.map_err(unreadable)?.map_err(&wrong)?;
        }
    }
    let mut next = tree.detached + 1;
    loop {
        let page = inspect_log::entries(state, tenant, next - 1, PAGE)
            .await
            .map_err(unreadable)?;
        let is_last = page.len() < PAGE as usize;
        for row in &page {
            let leaf = leaf_of(tenant, row, next, size).map_err(&wrong)?;
            if next <= size {
                audit.take(leaf).await.map_err(unreadable)?.map_err(&wrong)?;
            }
            next += 1;
        }
        if is_last {
            break;
        }
    }
    if next - 1 != tree.length {
        let length = tree.length;
        return Err(wrong(format!(
            "entries are missing: {} of {length} are there",
            next - 1
        )));
    }
    audit.finish().await.map_err(unreadable)?.map_err(&wrong)?;
    if signed.is_some_and(|signed| signed.root != audit.tree.root()) {
        return Err(wrong("its entries are not those that were signed for".to_owned()));
    }
    Ok(Verified {
        log: log.clone(),
        length: tree.length,
        size,
        detached: tree.detached,
        root: audit.tree.root(),
    })
}

/// The leaf of the row that must be entry `number`, computed anew and held against the one written with it.
fn leaf_of(tenant: TenantId, row: &StoredEntry, number: u64, size: u64) -> Result<Hash, String> {
    if row.evidence.entry.sequence != number {
        return Err(format!("entry {number} is missing"));
    }
    if row.leaf.is_none() && row.evidence.salts.is_none() && number > size {
        // Written by an older version, and not in the tree yet.
        return Ok([0; 32]);
    }
    let leaf =
        leaf_hash(tenant, &row.evidence).map_err(|fault| format!("entry {number} was altered: {fault}"))?;
    if row.leaf == Some(leaf) {
        Ok(leaf)
    } else {
        Err(format!("entry {number} was altered"))
    }
}

/// Computes the tree's tiles anew and compares each with the stored one.
struct Audit<'a> {
    state: &'a AppState,
    tenant: TenantId,
    tree: RootBuilder,
    /// Of each level the number of its last tile and the hashes in it.
    levels: Vec<(u64, Vec<Hash>)>,
}

/// A hash that is not the stored one.
type Compared = Result<(), String>;

impl Audit<'_> {
    async fn take(&mut self, leaf: Hash) -> Result<Compared, inspect_log::Unreadable> {
        self.tree.push(leaf);
        let (mut level, mut hash) = (0, leaf);
        loop {
            if self.levels.len() <= level {
                self.levels.push((0, Vec::new()));
            }
            let Some((number, hashes)) = self.levels.get_mut(level) else {
                return Ok(Ok(()));
            };
            hashes.push(hash);
            if hashes.len() < 256 {
                return Ok(Ok(()));
            }
            let (tile, full) = (*number, std::mem::take(hashes));
            *number += 1;
            if let Err(wrong) = self.compare(level, tile, &full).await? {
                return Ok(Err(wrong));
            }
            let mut above = RootBuilder::default();
            full.into_iter().for_each(|hash| above.push(hash));
            (level, hash) = (level + 1, above.root());
        }
    }

    /// Compares the tiles that are not full.
    async fn finish(&self) -> Result<Compared, inspect_log::Unreadable> {
        for (level, (number, hashes)) in self.levels.iter().enumerate() {
            if hashes.is_empty() {
                continue;
            }
            if let Err(wrong) = self.compare(level, *number, hashes).await? {
                return Ok(Err(wrong));
            }
        }
        Ok(Ok(()))
    }

    async fn compare(
        &self,
        level: usize,
        tile: u64,
        hashes: &[Hash],
    ) -> Result<Compared, inspect_log::Unreadable> {
        let stored = self.stored_tile(level as u32, tile).await?;
        Ok(if stored == hashes {
            Ok(())
        } else if level == 0 {
            let first = stored
                .iter()
                .zip(hashes)
                .take_while(|(stored, hash)| stored == hash);
            let number = tile * 256 + first.count() as u64 + 1;
            Err(format!("entry {number} is not the one in the tree"))
        } else {
            Err("hashes of its tree were altered".to_owned())
        })
    }

    async fn stored_tile(&self, level: u32, tile: u64) -> Result<Vec<Hash>, inspect_log::Unreadable> {
        let bytes = inspect_log::tile(self.state, self.tenant, level, tile).await?;
        Ok(bytes.unwrap_or_default().as_chunks().0.to_vec())
    }
}

/// Makes a proof, reading the tiles that it needs.
pub(super) async fn prove<T>(
    state: &AppState,
    tenant: TenantId,
    tiles: &mut TileCache,
    make: impl Fn(&TileCache) -> Result<T, Missing>,
) -> Result<T, Failure> {
    let mut asked = None;
    loop {
        let missing = match make(tiles) {
            Ok(made) => return Ok(made),
            Err(missing) if asked == Some(missing) => {
                return Err(Failure::new(
                    Kind::LogRewritten,
                    "hashes of the log's tree are missing",
                ));
            }
            Err(missing) => missing,
        };
        let bytes = inspect_log::tile(state, tenant, missing.level, missing.tile)
            .await
            .map_err(|error| crate::cmd::serve::serve_failed(&error))?;
        tiles.put(missing, &bytes.unwrap_or_default());
        asked = Some(missing);
    }
}
