//! Checkpoints of logs that were verified. They outlive sign-outs: forgetting one would let a log be rewritten.

use serde::{Deserialize, Serialize};

use super::{Profile, documents};
use crate::error::ProfileError;
use crate::log_verify::RememberedCheckpoint;

const VERSION: u64 = 1;

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Logs {
    logs: Vec<RememberedCheckpoint>,
}

impl Profile {
    /// The checkpoint at which a log was last verified.
    pub(crate) fn remembered_checkpoint(
        &self,
        log: &str,
    ) -> Result<Option<RememberedCheckpoint>, ProfileError> {
        Ok(self.logs()?.logs.into_iter().find(|kept| kept.log == log))
    }

    /// Keeps a checkpoint instead of the log's earlier one. An older one never replaces a newer one.
    pub(crate) fn remember_checkpoint(&self, checkpoint: RememberedCheckpoint) -> Result<(), ProfileError> {
        self.locked(|| {
            let mut logs = self.logs()?;
            match logs.logs.iter_mut().find(|kept| kept.log == checkpoint.log) {
                Some(kept) if kept.size < checkpoint.size => *kept = checkpoint,
                Some(_) => return Ok(()),
                None => logs.logs.push(checkpoint),
            }
            documents::write_json(&self.logs_path(), VERSION, &logs)
        })
    }

    fn logs(&self) -> Result<Logs, ProfileError> {
        Ok(documents::read_json(&self.logs_path(), VERSION)?.unwrap_or_default())
    }

    fn logs_path(&self) -> std::path::PathBuf {
        self.folder.join("logs.json")
    }
}
