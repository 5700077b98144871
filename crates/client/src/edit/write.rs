//! A revision is written: by several threads where the text is a file, in one pass where it is not.

use std::fs::File;
use std::io::{IoSlice, Read, Seek as _};
use std::path::Path;

use clausa_core::protect::{FileSealer, ProtectError as CoreError, ProtectWriter, Summary};
use clausa_core::random::SystemRandom;
use clausa_core::time::Timestamp;

use super::comparing::Comparing;
use super::save::{Editable, at, not_sealed};
use crate::error::EditError;
use crate::file::{CopyError, Output, copy, write_all_at};
use crate::leaves::{self, Ended, Unsealed, Workers};
use crate::open::Located;
use crate::progress::ProgressCallback;

/// What a message calls the text.
const TEXT: &str = "the changed text";

/// A changed text.
pub(super) enum Text<'a> {
    /// A file with another text than the one that was opened, and its length.
    File(&'a File, u64),
    /// What can be read once, and its length where that is known.
    Stream(&'a mut dyn Read, Option<u64>),
}

/// Where a revision goes.
pub(super) struct Target<'a> {
    pub(super) path: &'a Path,
    pub(super) overwrite: bool,
}

impl Editable {
    /// Writes a revision, complete but for its name. `None` when a stream gives the text that is there already.
    pub(super) fn write(
        &mut self,
        text: Text<'_>,
        target: &Target<'_>,
        progress: &ProgressCallback,
    ) -> Result<Option<(Output, Summary, Timestamp)>, EditError> {
        let sealed_at = self.sealing_time();
        let length = match &text {
            Text::File(_, length) => Some(*length),
            Text::Stream(_, length) => *length,
        };
        let inner = self.reader.inner_header().revised(sealed_at, length);
        let previous = self.reader.seal_report().revision;
        let refused = |error: CoreError| not_sealed(error, target.path, &self.located);
        let sealer = FileSealer::revise(
            &self.located.header,
            &self.grant,
            previous,
            &inner,
            &mut SystemRandom,
        )
        .map_err(refused)?;
        let mut output = Output::file(target.path, target.overwrite)?;
        self.mode.give(&output)?;
        let summary = match (text, output.storage()) {
            (Text::File(text, length), Some(storage)) => {
                let body = leaves::seal(sealer, text, length, storage, Workers::default(), progress)
                    .map_err(|ended| not_written(ended, target.path, &self.located))?;
                let end = body
                    .sealer
                    .finish(body.plaintext_length, &self.keys.signing, sealed_at);
                let end = end.map_err(refused)?;
                let mut parts = [&end.seal, end.leaf_list.as_flattened(), &end.tail].map(IoSlice::new);
                write_all_at(storage, &mut parts, body.end).map_err(|source| at(target.path, source))?;
                Some(end.summary)
            }
            (Text::File(mut text, _), None) => {
                self.stream(sealer, &mut text, length, &mut output, sealed_at, progress)?
            }
            (Text::Stream(text, _), _) => {
                self.stream(sealer, text, length, &mut output, sealed_at, progress)?
            }
        };
        let Some(summary) = summary else {
            return Ok(None);
        };
        output.flush_to_disk()?;
        Ok(Some((output, summary, sealed_at)))
    }

    /// In one pass, beside which the text is compared with the one that was opened. `None` when it is the same.
    fn stream(
        &mut self,
        sealer: FileSealer,
        text: &mut dyn Read,
        length: Option<u64>,
        output: &mut Output,
        sealed_at: Timestamp,
        progress: &ProgressCallback,
    ) -> Result<Option<Summary>, EditError> {
        let target = output.path().to_owned();
        let located = &self.located;
        let refused = |error: CoreError| not_sealed(error, &target, located);
        self.reader.rewind().map_err(|source| at(&located.path, source))?;
        let mut rng = SystemRandom;
        let mut writer = ProtectWriter::with_sealer(sealer, output, &mut rng).map_err(refused)?;
        let mut text = text;
        let mut text = Comparing::new(&mut text, &mut self.reader);
        match copy(&mut text, &mut writer, length, progress) {
            Ok(_) => {}
            Err(CopyError::Interrupted) => return Err(EditError::Interrupted),
            Err(CopyError::Read(source)) => return Err(at(Path::new(TEXT), source)),
            Err(CopyError::Write(error)) => return Err(refused(error.into())),
        }
        if text.is_same() {
            return Ok(None);
        }
        let finished = writer.finish(&self.keys.signing, sealed_at).map_err(refused)?;
        Ok(Some(finished.summary))
    }
}

fn not_written(ended: Ended<Unsealed>, path: &Path, located: &Located) -> EditError {
    match ended {
        Ended::Interrupted => EditError::Interrupted,
        Ended::Failed(Unsealed::Changed) => EditError::TextChanging,
        Ended::Failed(Unsealed::Read(source)) => at(Path::new(TEXT), source),
        Ended::Failed(Unsealed::Write(source)) => at(path, source),
        Ended::Failed(Unsealed::Core(error)) => not_sealed(error, path, located),
    }
}
