//! From the client's errors to failures: the exit code and the words for every one of them. Those of each verb are in a
//! file of their own.

mod edit;
mod open;
mod people;
mod protect;

use std::error::Error;
use std::fmt::Display;

use clausa_api::{Problem, ProblemType};
use clausa_client::{ErrorKind, ProfileError, RequestError, SecretsError};

use super::{Failure, reason};
use crate::exit_codes::Kind;
use crate::terms;

/// The exit code for each kind of the client's errors. Finer ones come from the variants below.
pub(super) fn of_error(kind: ErrorKind) -> Kind {
    match kind {
        ErrorKind::Usage => Kind::Usage,
        ErrorKind::SignInRequired => Kind::NotSignedIn,
        ErrorKind::AuthorityUnknown => Kind::AuthorityUnknown,
        ErrorKind::CodeWrong => Kind::CodeWrong,
        ErrorKind::CodeVoid => Kind::CodeVoid,
        ErrorKind::SignInRefused => Kind::SignInRefused,
        ErrorKind::OutputExists => Kind::OutputExists,
        ErrorKind::Changed => Kind::FileChanged,
        ErrorKind::Interrupted => Kind::Interrupted,
        ErrorKind::NotFound => Kind::NotFound,
        ErrorKind::NotClausa => Kind::NotClausa,
        ErrorKind::UnknownVersion => Kind::VersionUnknown,
        ErrorKind::Cut => Kind::FileCut,
        ErrorKind::Altered => Kind::FileAltered,
        ErrorKind::NotPermitted => Kind::NotNamed,
        ErrorKind::NotYetValid => Kind::NotYetValid,
        ErrorKind::Expired => Kind::AccessExpired,
        ErrorKind::Revoked => Kind::AccessRevoked,
        ErrorKind::NoNetwork => Kind::NoNetwork,
        ErrorKind::Busy => Kind::AuthorityBusy,
        ErrorKind::Refused => Kind::RequestRefused,
        ErrorKind::AuthorityMisbehaved => Kind::AuthorityMisbehaved,
        ErrorKind::LogRewritten => Kind::LogRewritten,
        ErrorKind::NoSpace => Kind::NoSpace,
        ErrorKind::FileSystem => Kind::InputUnreadable,
        ErrorKind::Profile | ErrorKind::Keyring => Kind::ProfileUnusable,
        _ => Kind::Internal,
    }
}

/// The exit code for each refusal of an authority.
fn of_problem(problem: ProblemType) -> Kind {
    match problem {
        ProblemType::AddressInvalid | ProblemType::AddressRefused | ProblemType::JoiningRefused => {
            Kind::SignupRefused
        }
        ProblemType::AccountExists => Kind::AccountExists,
        ProblemType::PasswordRefused => Kind::PasswordRefused,
        ProblemType::CodeWrong => Kind::CodeWrong,
        ProblemType::CodeVoid => Kind::CodeVoid,
        ProblemType::NotSignedIn | ProblemType::DeviceUnknown => Kind::NotSignedIn,
        ProblemType::SignInRefused | ProblemType::SecondFactorNeeded => Kind::SignInRefused,
        ProblemType::StepUpNeeded | ProblemType::FactorNeeded => Kind::StepUpNeeded,
        ProblemType::NotNamed => Kind::NotNamed,
        ProblemType::NotPermitted
        | ProblemType::RightMissing
        | ProblemType::ProtectingRefused
        | ProblemType::ReceivingRefused => Kind::RightMissing,
        ProblemType::NotYetValid => Kind::NotYetValid,
        ProblemType::AccessExpired => Kind::AccessExpired,
        ProblemType::AccessRevoked => Kind::AccessRevoked,
        ProblemType::LicenceInvalid => Kind::LicenceInvalid,
        ProblemType::NotFound => Kind::NotFound,
        ProblemType::ClaimRefused
        | ProblemType::ClaimUnproven
        | ProblemType::LastAdministrator
        | ProblemType::ClosingRefused => Kind::CheckFailed,
        ProblemType::RateLimited => Kind::RateLimited,
        ProblemType::Internal | ProblemType::Unavailable => Kind::AuthorityBusy,
        _ => Kind::RequestRefused,
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        let kind = of_error(error.kind());
        match error {
            RequestError::Profile(error) => error.into(),
            RequestError::NotSignedIn { origin } => {
                Self::new(kind, format!("nobody is signed in at {origin}"))
            }
            RequestError::AuthorityUnknown { origin } => authority_unknown(&origin),
            RequestError::NoAuthority { trusted: 0 } => Self::new(
                Kind::AuthorityUnknown,
                "no authority is known to this profile yet",
            )
            .advise("Name yours once: clausa trust URL, for example clausa trust https://rights.example"),
            RequestError::NoAuthority { .. } => {
                Self::new(Kind::Usage, "this profile knows several authorities")
                    .advise("Say which one with --authority URL; clausa trust lists them.")
            }
            RequestError::Refused { problem, .. } => {
                let kind = problem.problem_type().map_or(Kind::RequestRefused, of_problem);
                let failure = Self::new(kind, words_of(&problem));
                match (kind, problem.retry_after) {
                    (Kind::RateLimited, Some(seconds)) => {
                        failure.advise(format!("Try again in {}.", terms::span(u64::from(seconds))))
                    }
                    _ => failure,
                }
            }
            RequestError::Unreachable { origin, .. } => Self::new(
                kind,
                format!("{origin} cannot be reached: no network, or the authority is not running"),
            ),
            RequestError::Interrupted { origin, .. } => Self::new(
                kind,
                format!("the connection to {origin} broke before the answer was there"),
            ),
            RequestError::TimedOut { origin, seconds } => {
                Self::new(kind, format!("{origin} did not answer within {seconds} s"))
            }
            other => Self::new(kind, sentence(&other)),
        }
    }
}

impl From<ProfileError> for Failure {
    fn from(error: ProfileError) -> Self {
        Self::new(of_error(error.kind()), sentence(&error))
    }
}

impl From<SecretsError> for Failure {
    fn from(error: SecretsError) -> Self {
        Self::new(of_error(error.kind()), sentence(&error))
    }
}

const CUT: &str = "the file's end is missing or damaged";
const ALTERED: &str = "the file was altered or damaged, or does not come from whom it claims";

/// `failed to …`, with the causes.
pub fn sentence(error: &(dyn Error + 'static)) -> String {
    let mut text = format!("failed to {error}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    text
}

/// What an authority said, for people.
fn words_of(problem: &Problem) -> String {
    match &problem.detail {
        Some(detail) => detail.clone(),
        None => problem.title.clone(),
    }
}

fn authority_unknown(origin: &impl Display) -> Failure {
    let what = format!("{origin} is not an authority that this profile knows; nothing was sent there");
    Failure::new(Kind::AuthorityUnknown, what).advise(format!("If you trust it: clausa trust {origin}"))
}

fn unknown_version(major: u8, minor: u8) -> Failure {
    let what =
        format!("the file is of version {major}.{minor} of the format, which this program does not know");
    Failure::new(Kind::VersionUnknown, what)
}

fn output_exists(path: &std::path::Path) -> Failure {
    Failure::new(Kind::OutputExists, format!("{} exists already", path.display()))
}

fn output_not_regular(path: &std::path::Path) -> Failure {
    Failure::new(
        Kind::OutputExists,
        format!(
            "{} is a link, a folder or a device and is not replaced",
            path.display()
        ),
    )
    .advise("Choose another name with -o.")
}

fn io(path: &std::path::Path, source: &std::io::Error) -> Failure {
    let output = match path.display().to_string() {
        path if path == "-" => "the standard output".to_owned(),
        path => path,
    };
    match source.kind() {
        std::io::ErrorKind::BrokenPipe => Failure::output(source),
        std::io::ErrorKind::StorageFull
        | std::io::ErrorKind::QuotaExceeded
        | std::io::ErrorKind::FileTooLarge
        | std::io::ErrorKind::AlreadyExists
        | std::io::ErrorKind::ReadOnlyFilesystem => Failure::from_write(source, &output),
        _ => Failure::from_read(source, &path.display().to_string()),
    }
}

fn unconfirmed(path: &std::path::Path, source: &std::io::Error) -> Failure {
    let what = format!(
        "{} was replaced, but the disk did not confirm that it stays: {}",
        path.display(),
        reason(source)
    );
    Failure::new(Kind::OutputUnwritable, what)
        .advise("The new file is complete. Check the disk, then run the command again.")
}

#[cfg(test)]
mod tests {
    use super::{of_error, of_problem};
    use crate::exit_codes::Kind;
    use clausa_api::ProblemType;
    use clausa_client::ErrorKind;

    /// The table is total: a kind that the client adds falls to `Internal` and fails here.
    #[test]
    fn every_kind_of_error_has_an_exit_code() {
        for kind in ErrorKind::ALL {
            assert_eq!(
                of_error(kind) == Kind::Internal,
                kind == ErrorKind::Internal,
                "{}",
                kind.as_str()
            );
        }
    }

    /// The table is total: a refusal that the contract adds falls to `RequestRefused` and fails here.
    #[test]
    fn every_refusal_has_an_exit_code() {
        const ABOUT_THE_REQUEST: [ProblemType; 8] = [
            ProblemType::InvalidRequest,
            ProblemType::StepOutOfOrder,
            ProblemType::ProofInvalid,
            ProblemType::ContentConflict,
            ProblemType::MethodNotAllowed,
            ProblemType::TooLarge,
            ProblemType::MediaTypeUnsupported,
            ProblemType::WrongHost,
        ];
        for problem in ProblemType::ALL {
            let refused = of_problem(*problem) == Kind::RequestRefused;
            assert_eq!(refused, ABOUT_THE_REQUEST.contains(problem), "{}", problem.code());
        }
    }
}
