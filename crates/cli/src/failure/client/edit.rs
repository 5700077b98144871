//! Changing a file, and protecting it anew.

use clausa_client::{EditError, ReprotectError};

use super::{io, of_error, output_exists, output_not_regular, sentence, unconfirmed};
use crate::exit_codes::Kind;
use crate::failure::Failure;

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

fn changed(kind: Kind, path: &std::path::Path) -> Failure {
    let path = path.display();
    Failure::new(
        kind,
        format!("{path} changed since it was opened, and was not replaced"),
    )
}
