//! Trouble with calling an authority.

use clausa_api::{Problem, ProblemType};
use clausa_core::origin::Origin;

use super::{ErrorKind, ProfileError};

/// An authority could not be asked, or did not give what was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Nobody is signed in at this authority, or the session has ended.
    #[error("use the account at {origin}: nobody is signed in there")]
    NotSignedIn {
        /// The authority.
        origin: Origin,
    },
    /// The authority is not one this profile trusts. Nothing was sent to it.
    #[error("talk to {origin}: this profile does not trust that authority")]
    AuthorityUnknown {
        /// The authority.
        origin: Origin,
    },
    /// No authority was named, and the profile trusts none or several without a default.
    #[error("choose an authority: {}", if *.trusted == 0 { "none is trusted yet" } else { "several are trusted" })]
    NoAuthority {
        /// How many authorities the profile trusts.
        trusted: usize,
    },
    /// The authority refused.
    #[error("{}", describe(problem))]
    Refused {
        /// The authority.
        origin: Origin,
        /// What it said.
        problem: Box<Problem>,
    },
    /// The authority cannot be reached.
    #[error("reach {origin}: {reason}")]
    Unreachable {
        /// The authority.
        origin: Origin,
        /// What that may mean.
        reason: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The connection broke before the whole answer was there. Whether the authority has done what it was asked for is
    /// not known.
    #[error("get an answer from {origin}: the connection broke")]
    Interrupted {
        /// The authority.
        origin: Origin,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The authority did not answer in time.
    #[error("get an answer from {origin} within {seconds} s")]
    TimedOut {
        /// The authority.
        origin: Origin,
        /// How long this process waited, in seconds.
        seconds: u64,
    },
    /// The authority sent the client elsewhere. It was not followed (SEC-52).
    #[error("trust an answer of {origin}: it points elsewhere, and redirects are never followed")]
    Redirected {
        /// The authority.
        origin: Origin,
    },
    /// The answer is not what the contract says, or cannot be verified.
    #[error("trust an answer of {origin}: {detail}")]
    BadAnswer {
        /// The authority.
        origin: Origin,
        /// What is wrong with it.
        detail: String,
    },
    /// The profile cannot be used.
    #[error("use the profile")]
    Profile(#[from] ProfileError),
    /// The request could not be signed or built.
    #[error("prepare the request")]
    Internal {
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl RequestError {
    /// What kind of trouble this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotSignedIn { .. } => ErrorKind::SignInRequired,
            Self::AuthorityUnknown { .. } => ErrorKind::AuthorityUnknown,
            Self::NoAuthority { .. } => ErrorKind::Usage,
            Self::Refused { problem, .. } => of_problem(problem),
            Self::Unreachable { .. } | Self::Interrupted { .. } | Self::TimedOut { .. } => {
                ErrorKind::NoNetwork
            }
            Self::Redirected { .. } | Self::BadAnswer { .. } => ErrorKind::AuthorityMisbehaved,
            Self::Profile(error) => error.kind(),
            Self::Internal { .. } => ErrorKind::Internal,
        }
    }

    /// The authority's refusal, if that is what this is.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Refused { problem, .. } => Some(problem),
            _ => None,
        }
    }

    /// The type of the authority's refusal, if that is what this is.
    pub fn problem_type(&self) -> Option<ProblemType> {
        self.problem().and_then(Problem::problem_type)
    }

    /// True when the authority could not be reached or did not answer.
    pub fn is_no_network(&self) -> bool {
        self.kind() == ErrorKind::NoNetwork
    }

    /// True when the authority was reached, whatever came of it.
    pub(crate) fn came_from_there(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Interrupted { .. })
    }
}

fn describe(problem: &Problem) -> String {
    match &problem.detail {
        Some(detail) => format!("have the request granted: {}: {detail}", lower(&problem.title)),
        None => format!("have the request granted: {}", lower(&problem.title)),
    }
}

fn lower(title: &str) -> String {
    let mut characters = title.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(characters).collect()
    })
}

fn of_problem(problem: &Problem) -> ErrorKind {
    use ProblemType as T;
    let Some(kind) = problem.problem_type() else {
        return ErrorKind::Refused;
    };
    match kind {
        T::AddressInvalid | T::InvalidRequest => ErrorKind::Usage,
        T::AddressRefused | T::JoiningRefused | T::PasswordRefused | T::SignInRefused | T::AccountExists => {
            ErrorKind::SignInRefused
        }
        T::CodeWrong => ErrorKind::CodeWrong,
        T::CodeVoid => ErrorKind::CodeVoid,
        T::NotSignedIn | T::DeviceUnknown => ErrorKind::SignInRequired,
        T::NotPermitted | T::NotNamed | T::RightMissing | T::ProtectingRefused | T::ReceivingRefused => {
            ErrorKind::NotPermitted
        }
        T::NotYetValid => ErrorKind::NotYetValid,
        T::AccessExpired => ErrorKind::Expired,
        T::AccessRevoked => ErrorKind::Revoked,
        T::LicenceInvalid => ErrorKind::Altered,
        T::NotFound => ErrorKind::NotFound,
        T::RateLimited | T::Unavailable | T::Internal => ErrorKind::Busy,
        _ => ErrorKind::Refused,
    }
}
