//! Whom the file system lets at a file: what a replacement keeps of the file that it replaces.

use std::fs::File;

use super::{Output, OutputError};

/// Permissions and group of a file. Without effect where there are none.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Mode {
    bits: Option<u32>,
    group: Option<u32>,
}

impl Mode {
    #[cfg(unix)]
    pub(crate) fn of(file: &File) -> Self {
        use std::os::unix::fs::MetadataExt;
        file.metadata().map_or_else(
            |_| Self::default(),
            |there| Self {
                bits: Some(there.mode() & 0o777),
                group: Some(there.gid()),
            },
        )
    }

    #[cfg(not(unix))]
    pub(crate) fn of(_: &File) -> Self {
        Self::default()
    }

    /// Gives an output the same permissions, and the same group as far as its user is in it.
    pub(crate) fn give(self, output: &Output) -> Result<(), OutputError> {
        output.set_group(self.group);
        output.set_mode(self.bits)
    }
}
