//! Signing up and in, one's account, and whom one trusts.

use clausa_client::{AccountError, ExportError, LoginError, SignupError, TrustError};
use clausa_core::address::InvalidAddress;

use super::{authority_unknown, io, of_error, output_exists, output_not_regular, sentence, words_of};
use crate::exit_codes::Kind;
use crate::failure::Failure;

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

impl From<InvalidAddress> for Failure {
    fn from(error: InvalidAddress) -> Self {
        let what = format!("this is not an e-mail address that can be used: {error}");
        Self::new(Kind::Usage, what).advise("Write an address such as janet@contoso.example.")
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        let kind = of_error(error.kind());
        match error {
            ExportError::OutputExists { path } => output_exists(&path),
            ExportError::OutputNotRegular { path } => output_not_regular(&path),
            ExportError::Account(error) => error.into(),
            ExportError::Io { path, source } => io(&path, &source),
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

/// `use more words` becomes `Use more words.`
fn sentence_case(text: &str) -> String {
    let mut characters = text.chars();
    let first: String = characters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect());
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", characters.as_str())
}
