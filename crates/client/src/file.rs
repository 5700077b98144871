//! Files on this machine: what is read, what is written, and how an output appears complete or not at all.

use std::path::{Path, PathBuf};

pub(crate) use copy::{CopyError, copy};
pub(crate) use many::Folders;
pub(crate) use mode::Mode;
pub(crate) use output::{Output, OutputError, Placed, folder_of};
pub(crate) use place::{Nowhere, ReadAt, WriteAt, read_full_at, write_all_at};

mod copy;
mod many;
mod mode;
#[cfg(target_os = "linux")]
mod nameless;
mod output;
pub(crate) mod partial;
mod place;

/// Where bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// Standard input, read once to its end.
    StandardInput,
}

impl Source {
    /// A file.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::File(path.into())
    }

    /// As command lines write it: `-` is standard input.
    pub fn from_argument(argument: impl Into<PathBuf>) -> Self {
        let path = argument.into();
        if path == Path::new("-") {
            Self::StandardInput
        } else {
            Self::File(path)
        }
    }

    /// The path, for messages: `-` for standard input.
    pub fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::StandardInput => Path::new("-"),
        }
    }
}

/// A file of that name, whatever the name: only [`Source::from_argument`] knows `-`.
impl<P: AsRef<Path> + ?Sized> From<&P> for Source {
    fn from(path: &P) -> Self {
        Self::file(path.as_ref())
    }
}

/// Where bytes go.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sink {
    /// A file, or a folder in which a file gets its usual name.
    File(PathBuf),
    /// Standard output.
    StandardOutput,
}

impl Sink {
    /// A file, or a folder in which a file gets its usual name.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::File(path.into())
    }

    /// As command lines write it: `-` is standard output.
    pub fn from_argument(argument: impl Into<PathBuf>) -> Self {
        let path = argument.into();
        if path == Path::new("-") {
            Self::StandardOutput
        } else {
            Self::File(path)
        }
    }

    pub(crate) fn is_folder(&self) -> bool {
        matches!(self, Self::File(path) if path.is_dir())
    }
}
