//! The operator's way to an authority's data, beside the running authority or without it.

use std::sync::Arc;

use clausa_core::random::SystemRandom;
use clausa_core::time::Clock;

use crate::authority::{StartError, assemble, sealer_of};
use crate::config::{Config, TracesConfig};
use crate::data_folder::{DataFolder, KEYS};
use crate::database;
use crate::state::AppState;
use crate::traces::Traces;

/// Opens the data of an authority that has been started before. Nothing is served and no job runs. Close the state's
/// store when done.
///
/// # Errors
///
/// [`StartError`]; [`StartError::NoAuthority`] when the folder holds none.
pub async fn open(config: Config, clock: Arc<dyn Clock>) -> Result<AppState, StartError> {
    config.check()?;
    let path = &config.data.folder;
    if !path.join(KEYS.0).is_dir() {
        return Err(StartError::NoAuthority(path.clone()));
    }
    let folder = match config.data.database {
        Some(_) => DataFolder::open_keys(path)?,
        None => DataFolder::open_existing(path)?,
    };
    let origin = match (folder.origin()?, &config.server.origin) {
        (Some(kept), _) => kept,
        (None, Some(given)) => given.clone(),
        (None, None) => return Err(StartError::NoAuthority(path.clone())),
    };
    let store = database::open(&config.data, &folder, sealer_of(&folder, SystemRandom)?).await?;
    let traces = Traces::new(&TracesConfig::default(), None);
    assemble(store, clock, config, &folder, origin, traces).await
}
