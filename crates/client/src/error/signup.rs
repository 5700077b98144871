//! Trouble with signing up.

use clausa_api::{Problem, ProblemType};
use clausa_core::address::InvalidAddress;

use super::{ErrorKind, ProfileError, RequestError};

/// A sign-up could not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignupError {
    /// The text is not an address.
    #[error("read the address")]
    Address(#[from] InvalidAddress),
    /// The authority does not accept this address or its domain.
    #[error("sign up with this address: {}", reason(problem))]
    AddressRefused {
        /// What the authority said.
        problem: Box<Problem>,
    },
    /// The organisation does not accept new accounts by self-service.
    #[error("join this organisation: {}", reason(problem))]
    JoiningRefused {
        /// What the authority said.
        problem: Box<Problem>,
    },
    /// There is an account with this address: sign in.
    #[error("sign up with this address: there is already an account, sign in instead")]
    AccountExists,
    /// The code is not the one that was mailed.
    #[error("prove the address: the code is not right ({tries_left} tries left)")]
    CodeWrong {
        /// How many wrong codes may still be typed.
        tries_left: u8,
    },
    /// The code no longer works: ask for a new mail.
    #[error("prove the address: the code no longer works, ask for a new mail")]
    CodeVoid,
    /// The password breaks a rule.
    #[error("use this password: {}", reason(problem))]
    PasswordRefused {
        /// What the authority said.
        problem: Box<Problem>,
    },
    /// Another step comes first.
    #[error("take this step: another comes first")]
    OutOfOrder,
    /// The account was made but its first session could not be begun: sign in.
    #[error("sign in after the sign-up: sign in with a mailed code")]
    SessionLost(#[source] Box<super::LoginError>),
    /// The authority could not be asked, or refused for another reason.
    #[error("ask the authority")]
    Request(#[source] RequestError),
    /// The profile cannot be used.
    #[error("use the profile")]
    Profile(#[from] ProfileError),
}

impl SignupError {
    /// What kind of trouble this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Address(_) | Self::OutOfOrder => ErrorKind::Usage,
            Self::AddressRefused { .. }
            | Self::JoiningRefused { .. }
            | Self::AccountExists
            | Self::PasswordRefused { .. } => ErrorKind::SignInRefused,
            Self::CodeWrong { .. } => ErrorKind::CodeWrong,
            Self::CodeVoid => ErrorKind::CodeVoid,
            Self::SessionLost(_) => ErrorKind::SignInRequired,
            Self::Request(error) => error.kind(),
            Self::Profile(error) => error.kind(),
        }
    }
}

impl From<RequestError> for SignupError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Refused { origin, problem } => match problem.problem_type() {
                Some(ProblemType::AddressInvalid | ProblemType::AddressRefused) => {
                    Self::AddressRefused { problem }
                }
                Some(ProblemType::JoiningRefused) => Self::JoiningRefused { problem },
                Some(ProblemType::AccountExists) => Self::AccountExists,
                Some(ProblemType::CodeWrong) => Self::CodeWrong {
                    tries_left: problem.tries_left.unwrap_or(0),
                },
                Some(ProblemType::CodeVoid) => Self::CodeVoid,
                Some(ProblemType::PasswordRefused) => Self::PasswordRefused { problem },
                Some(ProblemType::StepOutOfOrder) => Self::OutOfOrder,
                _ => Self::Request(RequestError::Refused { origin, problem }),
            },
            RequestError::Profile(error) => Self::Profile(error),
            other => Self::Request(other),
        }
    }
}

/// The authority's own words for this occurrence, or else for the type.
pub(crate) fn reason(problem: &Problem) -> &str {
    problem.detail.as_deref().unwrap_or(&problem.title)
}
