//! Trouble with signing in.

use clausa_api::ProblemType;
use clausa_core::address::InvalidAddress;

use super::{ErrorKind, ProfileError, RequestError};
use crate::login::SecondFactor;

/// Signing in did not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// The text is not an address.
    #[error("read the address")]
    Address(#[from] InvalidAddress),
    /// The code is not the one that was mailed.
    #[error("sign in: the code is not right{}", left(.tries_left))]
    CodeWrong {
        /// How many wrong codes may still be typed, when the authority says so.
        tries_left: Option<u8>,
    },
    /// The code no longer works: ask for a new mail.
    #[error("sign in: the code no longer works, ask for a new mail")]
    CodeVoid,
    /// The first factor was right; the account asks for a second.
    #[error("sign in: this account asks for a code of its authenticator, too")]
    SecondFactorNeeded(Box<SecondFactor>),
    /// Address, password or code is not right; which one is not said.
    #[error("sign in: the address and what was given with it do not go together")]
    Refused,
    /// The person refused in the browser, or the authority did.
    #[error("sign in with the browser: {reason}")]
    BrowserRefused {
        /// What the browser was sent back with.
        reason: String,
    },
    /// Nobody came back from the browser in time.
    #[error("sign in with the browser: nobody came back within {seconds} s")]
    BrowserTimedOut {
        /// How long this process waited, in seconds.
        seconds: u64,
    },
    /// Somebody else signed in with the browser than the person whose device this profile is.
    #[error("sign in: this profile is {kept}'s device; sign in as {kept}, or forget this authority first")]
    OtherAccount {
        /// The address of the account that this profile keeps.
        kept: String,
    },
    /// The loopback door for the browser could not be opened.
    #[error("open a door for the browser on this machine")]
    Loopback(#[source] std::io::Error),
    /// The authority could not be asked, or refused for another reason.
    #[error("ask the authority")]
    Request(#[source] RequestError),
    /// The profile cannot be used.
    #[error("use the profile")]
    Profile(#[from] ProfileError),
}

impl LoginError {
    /// What kind of trouble this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Address(_) => ErrorKind::Usage,
            Self::CodeWrong { .. } => ErrorKind::CodeWrong,
            Self::CodeVoid => ErrorKind::CodeVoid,
            Self::Refused
            | Self::SecondFactorNeeded(_)
            | Self::OtherAccount { .. }
            | Self::BrowserRefused { .. }
            | Self::BrowserTimedOut { .. } => ErrorKind::SignInRefused,
            Self::Loopback(_) => ErrorKind::FileSystem,
            Self::Request(error) => error.kind(),
            Self::Profile(error) => error.kind(),
        }
    }
}

impl From<RequestError> for LoginError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Refused { origin, problem } => match problem.problem_type() {
                Some(ProblemType::CodeWrong) => Self::CodeWrong {
                    tries_left: problem.tries_left,
                },
                Some(ProblemType::CodeVoid) => Self::CodeVoid,
                Some(ProblemType::SignInRefused | ProblemType::NotSignedIn) => Self::Refused,
                _ => Self::Request(RequestError::Refused { origin, problem }),
            },
            RequestError::Profile(error) => Self::Profile(error),
            other => Self::Request(other),
        }
    }
}

fn left(tries: &Option<u8>) -> String {
    tries.map_or_else(String::new, |tries| format!(" ({tries} tries left)"))
}
