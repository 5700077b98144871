//! Trouble with what this device remembers.

use std::path::PathBuf;

use super::ErrorKind;
use super::kind::of_io;

/// The profile folder, or a file in it, cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// There is no home folder to put a profile into; name a folder.
    #[error("find a home folder for the profile (name one with --profile or CLAUSA_PROFILE)")]
    NoHome,
    /// Another process holds the profile for too long.
    #[error("use the profile: another process has held {} for {seconds} s", path.display())]
    Busy {
        /// The lock file.
        path: PathBuf,
        /// How long this process waited, in seconds.
        seconds: u64,
    },
    /// A file of the profile is damaged. It is left as it is.
    #[error("understand {}: {detail} (the file is left as it is; move it away to start afresh)", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// A file of the profile was written by a newer version of this program. It is left as it is.
    #[error("understand {}: it is of version {version}, which is newer than this program", path.display())]
    NewerVersion {
        /// The file.
        path: PathBuf,
        /// The version it says it is of.
        version: u64,
    },
    /// Other users of this machine could read or change the profile folder.
    #[error("use the profile folder {}: it belongs to another user or others may write to it", path.display())]
    NotPrivate {
        /// The folder.
        path: PathBuf,
    },
    /// Reading or writing a file of the profile failed.
    #[error("read or write {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The place where secrets are kept cannot be used.
    #[error("use the secrets of this device")]
    Secrets(#[from] SecretsError),
}

impl ProfileError {
    /// What kind of trouble this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoHome | Self::Busy { .. } | Self::Damaged { .. } | Self::NewerVersion { .. } => {
                ErrorKind::Profile
            }
            Self::NotPrivate { .. } => ErrorKind::Profile,
            Self::Io { source, .. } if of_io(source) == ErrorKind::NoSpace => ErrorKind::NoSpace,
            Self::Io { .. } => ErrorKind::Profile,
            Self::Secrets(error) => error.kind(),
        }
    }
}

/// The place where secrets are kept cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretsError {
    /// This machine or session has no keyring that answers.
    #[error("find a keyring in this session (CLAUSA_KEYRING=file keeps secrets in the profile instead)")]
    NoKeyring,
    /// The keyring did not answer in time; it may be waiting for somebody to unlock it.
    #[error("get an answer from the keyring within {seconds} s (is it waiting to be unlocked?)")]
    TimedOut {
        /// How long this process waited, in seconds.
        seconds: u64,
    },
    /// The keyring refused.
    #[error("use the keyring")]
    Keyring {
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An entry is there but is not what this program writes.
    #[error("understand the secret {name:?}")]
    Damaged {
        /// The entry's name.
        name: String,
    },
    /// The secret file in the profile cannot be used.
    #[error("use the secret file in the profile")]
    File(#[source] Box<ProfileError>),
    /// A key of this device cannot be made or written down.
    #[error("make or keep this device's keys")]
    DeviceKey,
    /// The operating system's generator of random numbers failed.
    #[error("draw random numbers")]
    Randomness,
}

impl SecretsError {
    /// What kind of trouble this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoKeyring | Self::TimedOut { .. } | Self::Keyring { .. } | Self::Damaged { .. } => {
                ErrorKind::Keyring
            }
            Self::File(error) => error.kind(),
            Self::DeviceKey | Self::Randomness => ErrorKind::Internal,
        }
    }
}
