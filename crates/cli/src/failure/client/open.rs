//! Opening, taking protection off, inspecting.

use clausa_client::{InspectError, OpenError};

use super::{
    ALTERED, CUT, authority_unknown, io, of_error, output_exists, output_not_regular, sentence, unconfirmed,
    unknown_version,
};
use crate::exit_codes::Kind;
use crate::failure::Failure;
use crate::terms;

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

fn asking(failure: Failure, contact: Option<String>, thing: &str) -> Failure {
    match contact {
        Some(contact) => failure.advise(format!("Ask {contact} for {thing}.")),
        None => failure,
    }
}
