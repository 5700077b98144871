//! Trouble with protecting.

use std::path::PathBuf;

use clausa_core::address::InvalidAddress;
use clausa_core::origin::Origin;
use clausa_core::policy::InvalidGrants;

use super::kind::of_io;
use super::{ErrorKind, ProfileError, RequestError};

/// A file could not be protected. The source is as it was and there is no output.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProtectError {
    /// The output is there already and overwriting was not asked for.
    #[error("write {}: it exists already", path.display())]
    OutputExists {
        /// The output.
        path: PathBuf,
    },
    /// The output is a symbolic link, a folder or a device; it is not followed or replaced (SEC-59).
    #[error("write {}: it is not a regular file", path.display())]
    OutputNotRegular {
        /// The output.
        path: PathBuf,
    },
    /// The source is a folder.
    #[error("protect {}: it is a folder", path.display())]
    SourceIsFolder {
        /// The source.
        path: PathBuf,
    },
    /// The source is a protected file already.
    #[error("protect {}: it is protected already", path.display())]
    AlreadyProtected {
        /// The source.
        path: PathBuf,
    },
    /// The source changed while it was read.
    #[error("protect {}: it changed while it was read", path.display())]
    SourceChanged {
        /// The source.
        path: PathBuf,
    },
    /// A source without a name was given and no output was named.
    #[error("choose a name for the output: name one")]
    OutputUnnamed,
    /// A recipient is neither an address nor a domain.
    #[error("read the recipient {text:?}")]
    Recipient {
        /// What was written.
        text: String,
        /// Why it is neither.
        #[source]
        source: InvalidAddress,
    },
    /// The grants do not go together.
    #[error("make a policy of these grants")]
    Grants(#[from] InvalidGrants),
    /// A date, a number of days or an offline window cannot be used.
    #[error("use {text:?}: {rule}")]
    Validity {
        /// What was written.
        text: String,
        /// The rule it breaks.
        rule: &'static str,
    },
    /// No template has this identifier, short name or name.
    #[error("find a template {named:?}")]
    TemplateUnknown {
        /// What was written.
        named: String,
        /// Short names of the templates there are.
        known: Vec<String>,
    },
    /// The work was stopped on request.
    #[error("finish: the work was stopped")]
    Interrupted,
    /// Nobody is signed in: only somebody with an account protects.
    #[error("protect: nobody is signed in at {origin}")]
    SignInRequired {
        /// The authority.
        origin: Origin,
    },
    /// The keys or the certificate on this device have expired, or are not there yet, and the authority cannot be
    /// reached for new ones.
    #[error("protect offline: {what} on this device {state}, and {origin} cannot be reached")]
    NotPrepared {
        /// The authority.
        origin: Origin,
        /// `the tenant's keys`, `the certificate` or `the templates`.
        what: &'static str,
        /// `have expired`, `are missing` and the like.
        state: &'static str,
        /// Why it cannot be reached.
        #[source]
        source: Box<RequestError>,
    },
    /// The authority could not be asked, or refused.
    #[error("ask the authority")]
    Request(#[source] RequestError),
    /// The profile cannot be used.
    #[error("use the profile")]
    Profile(#[from] ProfileError),
    /// Reading the source, or writing the output, failed.
    #[error("read or write {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The output has replaced the old file and is complete, but the disk did not confirm it: after a power cut the old
    /// one may be back.
    #[error("make sure that {} stays: it was replaced, but the disk did not confirm it", path.display())]
    OutputUnconfirmed {
        /// The output.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A defect of this program, or a failing generator of random numbers.
    #[error("protect: an internal step failed")]
    Internal {
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl ProtectError {
    /// What kind of trouble this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::OutputExists { .. } | Self::OutputNotRegular { .. } => ErrorKind::OutputExists,
            Self::SourceIsFolder { .. }
            | Self::AlreadyProtected { .. }
            | Self::OutputUnnamed
            | Self::Recipient { .. }
            | Self::Grants(_)
            | Self::Validity { .. } => ErrorKind::Usage,
            Self::SourceChanged { .. } => ErrorKind::FileSystem,
            Self::TemplateUnknown { .. } => ErrorKind::NotFound,
            Self::Interrupted => ErrorKind::Interrupted,
            Self::SignInRequired { .. } => ErrorKind::SignInRequired,
            Self::NotPrepared { .. } => ErrorKind::NoNetwork,
            Self::Request(error) => error.kind(),
            Self::Profile(error) => error.kind(),
            Self::Io { source, .. } => of_io(source),
            Self::OutputUnconfirmed { .. } => ErrorKind::FileSystem,
            Self::Internal { .. } => ErrorKind::Internal,
        }
    }

    /// True when the same call may work later without anything being changed.
    pub fn is_retryable(&self) -> bool {
        self.kind().is_retryable()
    }
}

impl From<RequestError> for ProtectError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::NotSignedIn { origin } => Self::SignInRequired { origin },
            RequestError::Profile(error) => Self::Profile(error),
            other => Self::Request(other),
        }
    }
}
