//! `[data]`

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Where the authority keeps its data.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataConfig {
    /// The data folder: database, keys, outbox. Made on the first start, readable by its user alone.
    pub folder: PathBuf,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            folder: PathBuf::from("clausa-data"),
        }
    }
}
