//! Protecting.

use clausa_client::ProtectError;

use super::{io, of_error, output_exists, output_not_regular, sentence, unconfirmed};
use crate::failure::Failure;

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
