//! Growing the tree over a tenant's log, and signing its checkpoint.
//!
//! A checkpoint is a signed note (c2sp.org/tlog-checkpoint, c2sp.org/signed-note) under the tenant's checkpoint key.
//! Its origin names the authority and the tenant, so that no two logs can be mistaken for each other.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clausa_api::tile::TileName;
use clausa_core::id::TenantId;
use clausa_core::keys::{Signer, VerifyingKey};
use clausa_store::permit::Action;
use clausa_store::record::log_tree::Grown;
use clausa_store::record::tenant_key::{KeyPurpose, KeyState};
use clausa_store::{Permit, SystemAct};
use sha2::{Digest as _, Sha256};

use super::failure::Failure;
use crate::request::Caller;
use crate::state::AppState;

/// Entries that one transaction takes in; more would hold up everybody's writing.
const BATCH: u32 = 1_024;
/// The type of an Ed25519 signature in a signed note.
const ED25519: u8 = 1;

/// Takes what is new in the tenant's log into its tree and signs a checkpoint; says how many leaves there are then.
/// Whoever does the same at the same time waits, and finds nothing left to do.
///
/// # Errors
///
/// [`Failure`]; also when the log has a gap, for which nothing is signed.
pub async fn grow(state: &AppState, tenant: TenantId) -> Result<Option<u64>, Failure> {
    let mut size = None;
    loop {
        let input = (state.clone(), Permit::system(SystemAct::Housekeeping(tenant)));
        let grown = state
            .store()
            .transact_with("log.sequence", input, |(state, permit), tx| {
                Box::pin(async move {
                    let Some(grown) = tx.grow_log_tree(permit, BATCH).await? else {
                        return Ok(None);
                    };
                    let keys = tx.tenant_keys(permit).await?;
                    let key = keys
                        .iter()
                        .find(|key| key.purpose == KeyPurpose::Checkpoint && key.state == KeyState::Active)
                        .ok_or(Failure::Missing("checkpoint key"))?;
                    let signer = state.keys().signer(permit.tenant(), key)?;
                    let note = checkpoint(&origin(state, permit.tenant()), grown, &*signer)?;
                    tx.put_checkpoint(permit, grown.size, &note, state.now_micros())
                        .await?;
                    Ok::<_, Failure>(Some(grown.size))
                })
            })
            .await?;
        match grown {
            Some(grown) => size = Some(grown),
            None => return Ok(size),
        }
    }
}

/// The signed checkpoint of the caller's tenant. Where there is none yet, one is made; `None`
/// while the log is empty.
///
/// # Errors
///
/// [`Failure`].
pub async fn read_checkpoint(state: &AppState, caller: &Caller) -> Result<Option<String>, Failure> {
    let permit = caller.permit_in_tenant(Action::ReadLog)?;
    if let Some(checkpoint) = kept_checkpoint(state, permit).await? {
        return Ok(Some(checkpoint));
    }
    grow(state, caller.tenant()).await?;
    kept_checkpoint(state, permit).await
}

async fn kept_checkpoint(state: &AppState, permit: Permit) -> Result<Option<String>, Failure> {
    let read = state.store().read("log.checkpoint", move |tx| {
        Box::pin(async move { Ok::<_, Failure>(tx.log_tree(&permit).await?.checkpoint) })
    });
    read.await
}

/// The hashes of a tile of the caller's tenant (`SEC-143`), or `None` where there are not as many. They are salted hashes of
/// entries and of each other, and tell nothing but how many entries there are.
///
/// # Errors
///
/// [`Failure`].
pub async fn read_tile(
    state: &AppState,
    caller: &Caller,
    name: TileName,
) -> Result<Option<Vec<u8>>, Failure> {
    let permit = caller.permit_in_tenant(Action::ReadLog)?;
    let (level, number) = (name.level().into(), name.index().number());
    let read = state.store().read("log.tile", move |tx| {
        Box::pin(async move { Ok::<_, Failure>(tx.log_tile(&permit, level, number).await?) })
    });
    // A tile only grows at its end, so a narrower one is the beginning of what is stored.
    let length = usize::from(name.index().width()) * 32;
    Ok(read
        .await?
        .and_then(|hashes| Some(hashes.get(..length)?.to_vec())))
}

/// The first line of a tenant's checkpoints, and the name of the key that signs them.
fn origin(state: &AppState, tenant: TenantId) -> String {
    format!("{}/log/{tenant}", state.origin().authority())
}

fn checkpoint(origin: &str, tree: Grown, signer: &dyn Signer) -> Result<String, Failure> {
    let mut note = format!("{origin}\n{}\n{}\n", tree.size, STANDARD.encode(tree.root));
    let signature = signer.sign(note.as_bytes())?;
    let mut signed = key_hash(origin, &signer.verifying_key()).to_vec();
    signed.extend(signature.0);
    // Writing into a text does not fail.
    let _ = write!(note, "\n\u{2014} {origin} {}\n", STANDARD.encode(signed));
    Ok(note)
}

/// What tells keys of one name apart in a note.
fn key_hash(name: &str, key: &VerifyingKey) -> [u8; 4] {
    let hash: [u8; 32] = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', ED25519])
        .chain_update(key.as_bytes())
        .finalize()
        .into();
    std::array::from_fn(|index| hash[index])
}
