//! From the client's errors to failures: the exit code and the words for every one of them.

use std::error::Error;
use std::fmt::Display;

use clausa_api::{Problem, ProblemType};
use clausa_client::{
    AccountError, EditError, ErrorKind, InspectError, LoginError, OpenError, ProfileError, ProtectError,
    ReprotectError, RequestError, SecretsError, SignupError, TrustError,
};
use clausa_core::address::InvalidAddress;

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
        ProblemType::SignInRefused => Kind::SignInRefused,
        ProblemType::StepUpNeeded => Kind::StepUpNeeded,
        ProblemType::NotNamed => Kind::NotNamed,
        ProblemType::NotPermitted | ProblemType::RightMissing => Kind::RightMissing,
        ProblemType::NotYetValid => Kind::NotYetValid,
        ProblemType::AccessExpired => Kind::AccessExpired,
        ProblemType::AccessRevoked => Kind::AccessRevoked,
        ProblemType::LicenceInvalid => Kind::LicenceInvalid,
        ProblemType::NotFound => Kind::NotFound,
        ProblemType::RateLimited => Kind::RateLimited,
        ProblemType::Internal | ProblemType::Unavailable => Kind::AuthorityBusy,
        _ => Kind::RequestRefused,
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let kind = of_error(error.kind());
        match error {
            OpenError::Request(error) => error.into(),
            OpenError::Profile(error) => error.into(),
            OpenError::OutputExists { path } => output_exists(&path),
            OpenError::OutputNotRegular { path } => output_not_regular(&path),
            OpenError::Interrupted => Self::interrupted(),
            OpenError::SignInRequired { origin, .. } => Self::new(
                kind,
                format!("nobody is signed in at {origin}, the authority of this file"),
            ),
            OpenError::AuthorityUnknown { origin } => authority_unknown(&origin),
            OpenError::NotClausa => Self::new(kind, "this is not a Clausa file"),
            OpenError::UnknownVersion { major, minor } => unknown_version(major, minor),
            OpenError::Cut => Self::new(kind, CUT),
            OpenError::Extended { bytes } => {
                let what = format!("something was added to the file: {bytes} bytes follow its end");
                Self::new(kind, what).advise(Kind::FileAltered.advice())
            }
            OpenError::Altered { .. } => Self::new(kind, ALTERED),
            OpenError::NotNamed { contact } => {
                let failure = Self::new(Kind::NotNamed, "the owner has not given you access to this file");
                match contact {
                    Some(contact) => failure.advise(format!(
                        "Ask {contact} for access, or sign in with the address the file was sent to."
                    )),
                    None => failure,
                }
            }
            OpenError::RightMissing { right, contact } => {
                let what = format!("the owner has not given you the right {right}");
                asking(Self::new(Kind::RightMissing, what), contact, "the right")
            }
            OpenError::NotYetValid { from, contact } => {
                let when = from.map_or_else(
                    || "later".to_owned(),
                    |from| format!("on {}", terms::moment(from)),
                );
                let failure = Self::new(kind, format!("access to this file begins {when}"));
                asking(failure, contact, "an earlier date")
            }
            OpenError::Expired { since, contact } => {
                let when = since
                    .map(|since| format!(" on {}", terms::moment(since)))
                    .unwrap_or_default();
                asking(
                    Self::new(kind, format!("access to this file ended{when}")),
                    contact,
                    "more time",
                )
            }
            OpenError::Revoked { since, contact } => {
                let when = since
                    .map(|since| format!(" on {}", terms::moment(since)))
                    .unwrap_or_default();
                asking(
                    Self::new(kind, format!("the owner revoked this file{when}")),
                    contact,
                    "the reason",
                )
            }
            OpenError::NoNetwork { origin, licence, .. } => {
                Self::new(kind, format!("{origin} cannot be reached, and {licence}"))
            }
            OpenError::Io { path, source } => io(&path, &source),
            OpenError::OutputUnconfirmed { path, source } => unconfirmed(&path, &source),
            other => Self::new(kind, sentence(&other)),
        }
    }
}

impl From<EditError> for Failure {
    fn from(error: EditError) -> Self {
        let kind = of_error(error.kind());
        match error {
            EditError::Open(error) => error.into(),
            EditError::OutputExists { path } => output_exists(&path),
            EditError::OutputNotRegular { path } => {
                output_not_regular(&path).advise("Name the file itself, or save to another one with -o.")
            }
            EditError::TextMissing { .. } => Self::new(
                Kind::ViewerFailed,
                "the text is not there any more after editing; nothing was saved",
            )
            .advise("Begin again: the file is as it was."),
            EditError::TextNotRegular { .. } => Self::new(
                Kind::ViewerFailed,
                "there is a link or a folder in the place of the text after editing; nothing was saved",
            )
            .advise("Begin again: the file is as it was."),
            EditError::TextChanging => Self::new(
                Kind::InputUnreadable,
                "the new text changed while it was read; nothing was saved",
            )
            .advise("Save it where it is written first, then try again."),
            EditError::Interrupted => Self::interrupted(),
            EditError::Changed { path } => changed(kind, &path),
            EditError::NotNow => Self::new(
                kind,
                "the permission to change this file has ended, or this machine's clock is wrong",
            )
            .advise("Try again when the authority can be reached."),
            EditError::Io { path, source } => io(&path, &source),
            EditError::OutputUnconfirmed { path, source } => unconfirmed(&path, &source),
            other => Self::new(kind, sentence(&other)),
        }
    }
}

impl From<ProtectError> for Failure {
    fn from(error: ProtectError) -> Self {
        let kind = of_error(error.kind());
        match error {
            ProtectError::Request(error) => error.into(),
            ProtectError::Profile(error) => error.into(),
            ProtectError::OutputExists { path } => output_exists(&path),
            ProtectError::OutputNotRegular { path } => output_not_regular(&path),
            ProtectError::Interrupted => Self::interrupted(),
            ProtectError::TemplateUnknown { named, known } => {
                let advice = if known.is_empty() {
                    "See what there is with: clausa templates".to_owned()
                } else {
                    format!("Choose one of: {}", known.join(", "))
                };
                Self::new(kind, format!("there is no template `{named}`")).advise(advice)
            }
            ProtectError::SignInRequired { origin } => Self::new(
                kind,
                format!("only somebody with an account can protect, and nobody is signed in at {origin}"),
            ),
            ProtectError::Recipient { text, source } => Self::new(
                kind,
                format!("`{text}` is nobody who can be given access: {source}"),
            )
            .advise("Write an address, @domain for everybody of a domain, or anybody."),
            ProtectError::Validity { text, rule } => {
                Self::new(kind, format!("`{text}` cannot be used: {rule}"))
            }
            ProtectError::Io { path, source } => io(&path, &source),
            ProtectError::OutputUnconfirmed { path, source } => unconfirmed(&path, &source),
            other => Self::new(kind, sentence(&other)),
        }
    }
}

impl From<ReprotectError> for Failure {
    fn from(error: ReprotectError) -> Self {
        let kind = of_error(error.kind());
        match error {
            ReprotectError::Open(error) => error.into(),
            ReprotectError::Protect(error) => error.into(),
            ReprotectError::Changed { path } => changed(kind, &path),
            other => Self::new(kind, sentence(&other)),
        }
    }
}

impl From<InspectError> for Failure {
    fn from(error: InspectError) -> Self {
        let kind = of_error(error.kind());
        match error {
            InspectError::NotClausa => Self::new(kind, "this is not a Clausa file"),
            InspectError::UnknownVersion { major, minor } => unknown_version(major, minor),
            InspectError::Cut => Self::new(kind, CUT),
            InspectError::Altered { .. } => Self::new(kind, ALTERED),
            InspectError::Io { path, source } => io(&path, &source),
            other => Self::new(kind, sentence(&other)),
        }
    }
}

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Self {
        let kind = of_error(error.kind());
        match error {
            AccountError::Request(error) => error.into(),
            AccountError::Profile(error) => error.into(),
            AccountError::File(error) => error.into(),
            AccountError::NotFound { what } => Self::new(
                kind,
                format!("{what} is not known to the authority, or is not yours"),
            ),
            other => Self::new(kind, sentence(&other)),
        }
    }
}

impl From<SignupError> for Failure {
    fn from(error: SignupError) -> Self {
        let kind = of_error(error.kind());
        match error {
            SignupError::Request(error) => error.into(),
            SignupError::Profile(error) => error.into(),
            SignupError::Address(error) => error.into(),
            SignupError::AddressRefused { problem } | SignupError::JoiningRefused { problem } => {
                Self::new(Kind::SignupRefused, words_of(&problem))
            }
            SignupError::PasswordRefused { problem } => {
                let failure = Self::new(Kind::PasswordRefused, "this password cannot be used");
                match &problem.detail {
                    Some(rule) => failure.advise(sentence_case(rule)),
                    None => failure,
                }
            }
            SignupError::AccountExists => Self::new(
                Kind::AccountExists,
                "there is already an account with this address",
            ),
            SignupError::CodeWrong { tries_left } => code_wrong(Some(tries_left)),
            SignupError::CodeVoid => code_void(),
            other => Self::new(kind, sentence(&other)),
        }
    }
}

impl From<InvalidAddress> for Failure {
    fn from(error: InvalidAddress) -> Self {
        let what = format!("this is not an e-mail address that can be used: {error}");
        Self::new(Kind::Usage, what).advise("Write an address such as janet@contoso.example.")
    }
}

impl From<LoginError> for Failure {
    fn from(error: LoginError) -> Self {
        let kind = of_error(error.kind());
        match error {
            LoginError::Request(error) => error.into(),
            LoginError::Profile(error) => error.into(),
            LoginError::Address(error) => error.into(),
            LoginError::CodeWrong { tries_left } => code_wrong(tries_left),
            LoginError::CodeVoid => code_void(),
            LoginError::Refused => Self::new(
                Kind::SignInRefused,
                "signing in did not work: the address and what was given with it do not go together",
            ),
            other => Self::new(kind, sentence(&other)),
        }
    }
}

impl From<TrustError> for Failure {
    fn from(error: TrustError) -> Self {
        let kind = of_error(error.kind());
        match error {
            TrustError::Request(error) => error.into(),
            TrustError::Profile(error) => error.into(),
            TrustError::NotTrusted { origin } => authority_unknown(&origin),
            TrustError::RootsChanged { origin } => Self::new(
                Kind::AuthorityChanged,
                format!("the root keys of {origin} are not those that this profile has pinned"),
            ),
            other => Self::new(kind, sentence(&other)),
        }
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

/// `use more words` becomes `Use more words.`
fn sentence_case(text: &str) -> String {
    let mut characters = text.chars();
    let first: String = characters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect());
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", characters.as_str())
}

fn asking(failure: Failure, contact: Option<String>, thing: &str) -> Failure {
    match contact {
        Some(contact) => failure.advise(format!("Ask {contact} for {thing}.")),
        None => failure,
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

fn changed(kind: Kind, path: &std::path::Path) -> Failure {
    let path = path.display();
    Failure::new(
        kind,
        format!("{path} changed since it was opened, and was not replaced"),
    )
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

fn code_wrong(tries_left: Option<u8>) -> Failure {
    let left = match tries_left {
        Some(1) => " (1 try left)".to_owned(),
        Some(tries) => format!(" ({tries} tries left)"),
        None => String::new(),
    };
    Failure::new(Kind::CodeWrong, format!("the code is not right{left}"))
}

fn code_void() -> Failure {
    Failure::new(
        Kind::CodeVoid,
        "the code no longer works: it was wrong too often or is too old",
    )
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
