//! Trouble with opening, asking for rights and taking protection off.

use std::path::PathBuf;

use clausa_core::origin::Origin;
use clausa_core::rights::Right;
use clausa_core::time::Timestamp;

use super::kind::of_io;
use super::{ErrorKind, ProfileError, RequestError};
use crate::profile::Waiting;

/// A protected file could not be opened, or its content not be written out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
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
    /// The work was stopped on request.
    #[error("finish: the work was stopped")]
    Interrupted,
    /// Nobody is signed in at the authority of this file.
    #[error("open the file: nobody is signed in at {origin}")]
    SignInRequired {
        /// The authority.
        origin: Origin,
        /// What to come back to after signing up or in.
        waiting: Box<Waiting>,
    },
    /// The file names an authority that this profile does not trust. Nothing was sent to it (SEC-51).
    #[error("open the file: it belongs to {origin}, an authority that this profile does not trust")]
    AuthorityUnknown {
        /// What the file says.
        origin: Origin,
    },
    /// The file is not a Clausa file.
    #[error("open the file: it is not a Clausa file")]
    NotClausa,
    /// The file is of a version this program does not know.
    #[error("open the file: it is of version {major}.{minor}, which this program does not know")]
    UnknownVersion {
        /// The major version that the file says it is of.
        major: u8,
        /// The minor one.
        minor: u8,
    },
    /// The end of the file is missing, or damaged.
    #[error("open the file: its end is missing or damaged")]
    Cut,
    /// Something was appended to the file.
    #[error("open the file: {bytes} bytes follow its end")]
    Extended {
        /// How many bytes.
        bytes: u64,
    },
    /// The file was altered, or does not come from whom it claims.
    #[error("open the file: it was altered, or does not come from whom it claims")]
    Altered {
        /// Which check refused.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The owner has not given this person access.
    #[error("open the file: the owner has not given you access{}", ask(contact))]
    NotNamed {
        /// Whom to ask, when the authority says so.
        contact: Option<String>,
    },
    /// The owner has not given this person the right that is needed.
    #[error(
        "do this with the file: the owner has not given you the right {right}{}",
        ask(contact)
    )]
    RightMissing {
        /// The right.
        right: Right,
        /// Whom to ask, when the authority says so.
        contact: Option<String>,
    },
    /// Access begins later.
    #[error("open the file: access begins {}{}", at(from), ask(contact))]
    NotYetValid {
        /// When it begins, when the authority says so.
        from: Option<Timestamp>,
        /// Whom to ask, when the authority says so.
        contact: Option<String>,
    },
    /// Access has ended.
    #[error("open the file: access ended {}{}", at(since), ask(contact))]
    Expired {
        /// When it ended, when the authority says so.
        since: Option<Timestamp>,
        /// Whom to ask, when the authority says so.
        contact: Option<String>,
    },
    /// The owner has revoked the file.
    #[error("open the file: the owner revoked it {}{}", at(since), ask(contact))]
    Revoked {
        /// When, when the authority says so.
        since: Option<Timestamp>,
        /// Whom to ask, when the authority says so.
        contact: Option<String>,
    },
    /// The authority cannot be reached, and there is no licence on this device that may be used without it.
    #[error("open the file: {origin} cannot be reached, and {licence}")]
    NoNetwork {
        /// The authority.
        origin: Origin,
        /// What is on this device.
        licence: NoLicence,
        /// Why it cannot be reached.
        #[source]
        source: Box<RequestError>,
    },
    /// The licence that the authority gave is not one for this file, this device and this question.
    #[error("trust the licence that {origin} gave")]
    LicenceRefused {
        /// The authority.
        origin: Origin,
        /// Which check refused.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The authority refused for another reason.
    #[error("ask the authority")]
    Request(#[source] RequestError),
    /// The profile cannot be used.
    #[error("use the profile")]
    Profile(#[from] ProfileError),
    /// Reading the file, or writing the output, failed.
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
    #[error("open the file: an internal step failed")]
    Internal {
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Why no licence on this device could stand in for the authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoLicence {
    /// There is none.
    None,
    /// There is one, but its offline window has ended.
    WindowEnded {
        /// When it ended.
        at: Timestamp,
    },
    /// There is one, but this machine's clock is behind what it has been seen to be (SEC-44).
    ClockBehind,
    /// The operation is one that always asks the authority, such as taking protection off.
    AlwaysAsked,
}

impl std::fmt::Display for NoLicence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("there is no licence for this file on this device"),
            Self::WindowEnded { at } => write!(
                f,
                "the licence on this device could be used offline until {at} only"
            ),
            Self::ClockBehind => {
                f.write_str("this machine's clock is behind, so the licence on this device is not used")
            }
            Self::AlwaysAsked => f.write_str("this always needs the authority"),
        }
    }
}

impl OpenError {
    /// What kind of trouble this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::OutputExists { .. } | Self::OutputNotRegular { .. } => ErrorKind::OutputExists,
            Self::Interrupted => ErrorKind::Interrupted,
            Self::SignInRequired { .. } => ErrorKind::SignInRequired,
            Self::AuthorityUnknown { .. } => ErrorKind::AuthorityUnknown,
            Self::NotClausa => ErrorKind::NotClausa,
            Self::UnknownVersion { .. } => ErrorKind::UnknownVersion,
            Self::Cut | Self::Extended { .. } => ErrorKind::Cut,
            Self::Altered { .. } => ErrorKind::Altered,
            Self::NotNamed { .. } | Self::RightMissing { .. } => ErrorKind::NotPermitted,
            Self::NotYetValid { .. } => ErrorKind::NotYetValid,
            Self::Expired { .. } => ErrorKind::Expired,
            Self::Revoked { .. } => ErrorKind::Revoked,
            Self::NoNetwork { .. } => ErrorKind::NoNetwork,
            Self::LicenceRefused { .. } => ErrorKind::AuthorityMisbehaved,
            Self::Request(error) => error.kind(),
            Self::Profile(error) => error.kind(),
            Self::Io { source, .. } => of_io(source),
            Self::OutputUnconfirmed { .. } => ErrorKind::FileSystem,
            Self::Internal { .. } => ErrorKind::Internal,
        }
    }

    /// True when the owner, or the authority in the owner's name, does not let this person do it now.
    pub fn is_permission(&self) -> bool {
        self.kind().is_permission()
    }

    /// True when the same call may work later without anything being changed.
    pub fn is_retryable(&self) -> bool {
        self.kind().is_retryable()
    }

    /// What to come back to after signing up or in, when that is what is missing.
    pub fn waiting(&self) -> Option<&Waiting> {
        match self {
            Self::SignInRequired { waiting, .. } => Some(waiting),
            _ => None,
        }
    }
}

impl From<RequestError> for OpenError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Refused { origin, problem } => of_refusal(origin, problem),
            RequestError::AuthorityUnknown { origin } => Self::AuthorityUnknown { origin },
            RequestError::Profile(error) => Self::Profile(error),
            other => Self::Request(other),
        }
    }
}

fn of_refusal(origin: Origin, problem: Box<clausa_api::Problem>) -> OpenError {
    use clausa_api::ProblemType as T;
    let contact = problem.contact.clone();
    let time = problem.at.map(Timestamp::from_seconds);
    match problem.problem_type() {
        Some(T::NotNamed) => OpenError::NotNamed { contact },
        Some(T::RightMissing) => match problem.right.as_deref().and_then(|name| name.parse().ok()) {
            Some(right) => OpenError::RightMissing { right, contact },
            None => OpenError::Request(RequestError::Refused { origin, problem }),
        },
        Some(T::NotYetValid) => OpenError::NotYetValid { from: time, contact },
        Some(T::AccessExpired) => OpenError::Expired { since: time, contact },
        Some(T::AccessRevoked) => OpenError::Revoked { since: time, contact },
        Some(T::LicenceInvalid | T::ContentConflict) => OpenError::Altered {
            source: Box::new(RequestError::Refused { origin, problem }),
        },
        _ => OpenError::Request(RequestError::Refused { origin, problem }),
    }
}

fn ask(contact: &Option<String>) -> String {
    contact
        .as_ref()
        .map_or_else(String::new, |contact| format!(" (ask {contact})"))
}

fn at(time: &Option<Timestamp>) -> String {
    time.map_or_else(|| "at another time".to_owned(), |time| format!("at {time}"))
}
