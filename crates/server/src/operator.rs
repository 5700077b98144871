//! The operator's way to an authority's data, beside the running authority or without it.

use std::sync::Arc;

use clausa_core::random::SystemRandom;
use clausa_core::time::Clock;
use clausa_store::record::micros::Micros;
use clausa_store::{KeyEncryptionKey, Sealer};

use crate::authority::{KEK_NUMBER, StartError, load_root};
use crate::config::{Config, TracesConfig};
use crate::data_folder::DataFolder;
use crate::database;
use crate::state::{AppState, Parts};
use crate::traces::Traces;
use crate::usecase::addresses::AddressPolicy;
use crate::usecase::passwords::Passwords;

/// Opens the data of an authority that has been started before. Nothing is served and no job runs. Close the state's
/// store when done.
///
/// # Errors
///
/// [`StartError`]; [`StartError::NoAuthority`] when the folder holds none.
pub async fn open(config: Config, clock: Arc<dyn Clock>) -> Result<AppState, StartError> {
    config.check()?;
    let path = &config.data.folder;
    if !path.join("keys").is_dir() {
        return Err(StartError::NoAuthority(path.clone()));
    }
    let mut rng = SystemRandom;
    let folder = DataFolder::open(path, &mut rng)?;
    let origin = match (folder.origin()?, &config.server.origin) {
        (Some(kept), _) => kept,
        (None, Some(given)) => given.clone(),
        (None, None) => return Err(StartError::NoAuthority(path.clone())),
    };
    let sealer = Sealer::new(vec![KeyEncryptionKey::new(KEK_NUMBER, folder.kek.clone())], rng)?;
    let store = database::open(&config.data, &folder, sealer).await?;
    database::check_node(&store, &config.data, &folder, &origin).await?;
    let now = Micros(clock.micros());
    let (root, anchors) = load_root(&store, now, &mut rng).await.map_err(StartError::Root)?;
    let passwords = Passwords::new(&config.passwords, folder.pepper.clone())?;
    let addresses = AddressPolicy::load(&config.signup)?;
    Ok(AppState::new(Parts {
        store,
        clock,
        config,
        origin,
        root,
        anchors,
        passwords,
        addresses,
        traces: Traces::new(&TracesConfig::default(), None),
        code_key: folder.code_key.clone(),
    }))
}
