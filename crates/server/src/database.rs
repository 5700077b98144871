//! The database: the file in the data folder, or a PostgreSQL that several nodes share.

use clausa_core::origin::Origin;
use clausa_store::record::secret::Secret;
use clausa_store::{Sealer, Store, StoreError};
use sha2::{Digest as _, Sha256};

use crate::authority::StartError;
use crate::config::DataConfig;
use crate::data_folder::DataFolder;

/// What tells whether two nodes have the same keys.
const KEYS: &str = "node-keys";
/// The origin that all nodes serve.
const ORIGIN: &str = "node-origin";

/// Opens the database that the configuration names.
pub(crate) async fn open(
    config: &DataConfig,
    folder: &DataFolder,
    sealer: Sealer,
) -> Result<Store, StartError> {
    Ok(match &config.database {
        Some(url) => {
            let password = config.database_password()?;
            let password = password.as_ref().map(crate::config::Secret::expose);
            Store::open_postgres(url, password, sealer).await?
        }
        None => Store::open_sqlite(&folder.database(), sealer).await?,
    })
}

/// Refuses a database that was written with other keys than the data folder's, or, when nodes share it, for another
/// origin: two nodes with different secrets would each spoil what the other wrote.
pub(crate) async fn check_node(
    store: &Store,
    config: &DataConfig,
    folder: &DataFolder,
    origin: &Origin,
) -> Result<(), StartError> {
    let mine = fingerprint(folder);
    if agree(store, KEYS, mine.clone()).await? != Some(mine) {
        return Err(StartError::OtherKeys);
    }
    if config.database.is_none() {
        return Ok(());
    }
    let kept = agree(store, ORIGIN, origin.to_string().into_bytes()).await?;
    same_origin(&kept.ok_or(StartError::OtherKeys)?, origin)
}

/// As [`check_node`] for a database that nodes share, without writing what is not there yet.
pub(crate) async fn compare_node(
    store: &Store,
    folder: &DataFolder,
    origin: &Origin,
) -> Result<(), StartError> {
    let read = store
        .read("compare node", |tx| {
            Box::pin(async move {
                let keys = tx.setting(KEYS).await?;
                Ok::<_, StoreError>((keys, tx.setting(ORIGIN).await?))
            })
        })
        .await;
    let (keys, kept) = match read {
        Err(StoreError::Sealed { .. }) => return Err(StartError::OtherKeys),
        other => other?,
    };
    if keys.is_some_and(|keys| keys.expose() != fingerprint(folder)) {
        return Err(StartError::OtherKeys);
    }
    kept.map_or(Ok(()), |kept| same_origin(kept.expose(), origin))
}

fn same_origin(kept: &[u8], origin: &Origin) -> Result<(), StartError> {
    let kept = std::str::from_utf8(kept)
        .ok()
        .and_then(|text| text.parse::<Origin>().ok());
    match kept {
        Some(kept) if kept == *origin => Ok(()),
        Some(kept) => Err(StartError::OtherOrigin {
            kept,
            given: origin.clone(),
        }),
        None => Err(StartError::OtherKeys),
    }
}

/// What the first node wrote under `name`; `None` when another key-encryption key sealed it.
async fn agree(store: &Store, name: &'static str, mine: Vec<u8>) -> Result<Option<Vec<u8>>, StartError> {
    let agreed = store
        .transact_with("check node", Secret::new(mine), move |mine, tx| {
            Box::pin(async move { tx.init_setting(name, mine).await })
        })
        .await;
    match agreed {
        Ok(secret) => Ok(Some(secret.expose().to_vec())),
        Err(StoreError::Sealed { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Says nothing about the keys, and differs when one of them does.
fn fingerprint(folder: &DataFolder) -> Vec<u8> {
    Sha256::new()
        .chain_update(b"clausa/v1/node-keys")
        .chain_update(folder.pepper.as_slice())
        .chain_update(folder.code_key.as_slice())
        .finalize()
        .to_vec()
}
