//! A lock between processes.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use super::documents;
use crate::error::ProfileError;

/// Held until dropped; the operating system frees it when the process dies, however it dies.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// How long to sleep between two tries.
const PAUSE: Duration = Duration::from_millis(15);

impl Lock {
    /// Waits for the lock at `path`, at most `patience`.
    pub(super) fn acquire(path: &Path, patience: Duration) -> Result<Self, ProfileError> {
        let file = documents::open_private(path)?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) if begun.elapsed() < patience => std::thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    return Err(ProfileError::Busy {
                        path: path.to_owned(),
                        seconds: patience.as_secs(),
                    });
                }
                Err(TryLockError::Error(source)) => {
                    return Err(ProfileError::Io {
                        path: path.to_owned(),
                        source,
                    });
                }
            }
        }
    }
}
