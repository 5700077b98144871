//! Reading whole logs as they are stored, for those who verify them: rows, leaves, tiles, checkpoint, keys. Nothing is
//! judged here.

use clausa_api::log::LogEvidence;
use clausa_core::certificate::{Purpose, SignedTenantCertificate};
use clausa_core::id::TenantId;
use clausa_core::keys::VerifyingKey;
use clausa_store::record::log::LogFilter;
use clausa_store::record::log_tree::LogTree;
use clausa_store::record::tenant_key::KeyPurpose;
use clausa_store::{Permit, SystemAct};

use super::failure::Failure;
/// Why a log cannot be read as it is stored.
pub use super::failure::Failure as Unreadable;
use super::read_log;
use crate::state::AppState;

/// Tenants that are listed at once.
const TENANTS: u32 = 1_000;

/// What is stored of a tenant's log beside its entries.
pub struct StoredLog {
    /// How long log and tree are, and the checkpoint.
    pub tree: LogTree,
    /// Checkpoint keys for which a root of this authority vouches.
    pub keys: Vec<VerifyingKey>,
    /// The certificates of those keys.
    pub certificates: Vec<Vec<u8>>,
}

/// An entry as it is stored.
pub struct StoredEntry {
    /// Everything its leaf is computed from.
    pub evidence: LogEvidence,
    /// The leaf hash that was written with it.
    pub leaf: Option<[u8; 32]>,
}

/// Every tenant that has a log.
///
/// # Errors
///
/// [`Failure`].
pub async fn tenants(state: &AppState) -> Result<Vec<TenantId>, Failure> {
    let mut all: Vec<TenantId> = Vec::new();
    loop {
        let after = all.last().copied();
        let read = state.store().read("log.tenants", move |tx| {
            Box::pin(async move { Ok::<_, Failure>(tx.logs(after, TENANTS).await?) })
        });
        let page = read.await?;
        let is_last = page.len() < TENANTS as usize;
        all.extend(page);
        if is_last {
            return Ok(all);
        }
    }
}

/// A tenant's log beside its entries.
///
/// # Errors
///
/// [`Failure`].
pub async fn log(state: &AppState, tenant: TenantId) -> Result<StoredLog, Failure> {
    let permit = Permit::system(SystemAct::Housekeeping(tenant));
    let read = state.store().read("log.state", move |tx| {
        Box::pin(
            async move { Ok::<_, Failure>((tx.log_tree(&permit).await?, tx.tenant_keys(&permit).await?)) },
        )
    });
    let (tree, rows) = read.await?;
    let (mut keys, mut certificates) = (Vec::new(), Vec::new());
    for row in rows
        .into_iter()
        .filter(|row| row.purpose == KeyPurpose::Checkpoint)
    {
        let Some(bytes) = row.certificate else { continue };
        let certificate = SignedTenantCertificate::parse(&bytes);
        // A certificate that does not verify makes its key nobody's.
        let key = certificate.ok().and_then(|certificate| {
            let at = certificate.claims().not_before;
            let claims = certificate
                .verify(state.anchors(), Purpose::Checkpoint, at)
                .ok()?;
            (claims.tenant == tenant).then_some(claims.key)
        });
        if let Some(key) = key {
            keys.push(key);
            certificates.push(bytes);
        }
    }
    Ok(StoredLog {
        tree,
        keys,
        certificates,
    })
}

/// At most `limit` entries after `after`.
///
/// # Errors
///
/// [`Failure`]; also when a row cannot be what it should be.
pub async fn entries(
    state: &AppState,
    tenant: TenantId,
    after: u64,
    limit: u32,
) -> Result<Vec<StoredEntry>, Failure> {
    let permit = Permit::system(SystemAct::Housekeeping(tenant));
    let filter = LogFilter {
        content: None,
        after,
        limit,
    };
    let read = state.store().read("log.rows", move |tx| {
        Box::pin(async move { Ok::<_, Failure>(tx.log_evidence(&permit, &filter).await?) })
    });
    let stored = |row: clausa_store::record::log_tree::LogEvidence| {
        Ok(StoredEntry {
            leaf: row.leaf,
            evidence: read_log::evidence(row)?,
        })
    };
    read.await?.into_iter().map(stored).collect()
}

/// The hashes of a tile.
///
/// # Errors
///
/// [`Failure`].
pub async fn tile(
    state: &AppState,
    tenant: TenantId,
    level: u32,
    tile: u64,
) -> Result<Option<Vec<u8>>, Failure> {
    let permit = Permit::system(SystemAct::Housekeeping(tenant));
    let read = state.store().read("log.tile", move |tx| {
        Box::pin(async move { Ok::<_, Failure>(tx.log_tile(&permit, level, tile).await?) })
    });
    read.await
}
