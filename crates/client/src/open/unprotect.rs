//! Taking protection off: the content is written out in clear, by those who may, and always on record.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use clausa_core::id::ContentId;
use clausa_core::inner::InnerHeader;
use clausa_core::open::SeekableReader;
use clausa_core::rights::{Right, Rights};
use clausa_core::seal::SealReport;

use super::locate::Located;
use super::{Asked, Licensed};
use crate::background::blocking;
use crate::client::Client;
use crate::error::OpenError;
use crate::file::{CopyError, Output, OutputError, Sink, Source, copy, folder_of};
use crate::leaves::{self, Workers};
use crate::profile::Profile;
use crate::progress::ProgressCallback;

mod several;

/// How to write content out in clear.
#[derive(Debug, Clone, Default)]
pub struct UnprotectOptions {
    /// Where it goes. When `None`: under the name inside the file, beside the protected file; to standard output when
    /// that came from standard input.
    pub output: Option<Sink>,
    /// Replace an output that is there already.
    pub overwrite: bool,
    /// How many threads work on a large file.
    pub workers: Workers,
    /// Called as the work goes on.
    pub progress: ProgressCallback,
}

/// Content written out in clear.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Unprotected {
    /// Where it is; `-` for standard output.
    pub output: PathBuf,
    /// The file it was in.
    pub content_id: ContentId,
    /// Bytes of content.
    pub bytes: u64,
    /// What the account may do.
    pub rights: Rights,
    /// Who sealed it, when, and which revision it is.
    pub seal: SealReport,
}

impl Client {
    /// Writes the content of a protected file out in clear. Needs EXPORT or OWNER, always asks the authority, and is
    /// logged. The output appears when the whole seal has been verified, or not at all.
    ///
    /// # Errors
    ///
    /// [`OpenError`], among others [`OpenError::RightMissing`].
    pub async fn unprotect(
        &self,
        source: Source,
        options: UnprotectOptions,
    ) -> Result<Unprotected, OpenError> {
        let located = self.locate(source).await?;
        self.unprotect_located(located, options).await
    }

    /// As [`unprotect`](Self::unprotect) for several files, each for itself, with one call to the authority for many. An
    /// output that this call has written is never replaced by it: two files may have the same name inside.
    ///
    /// Returns what became of each, in order. What ends the work as a whole (an authority that does not answer, nobody signed
    /// in there, a request to stop) stands with the first file that it kept from being done; those after it are left out,
    /// and nothing was done about them.
    pub async fn unprotect_all(
        &self,
        sources: Vec<Source>,
        options: UnprotectOptions,
    ) -> Vec<(Source, Result<Unprotected, OpenError>)> {
        several::unprotect(self, sources, &options).await
    }

    pub(super) async fn unprotect_located(
        &self,
        located: Located,
        options: UnprotectOptions,
    ) -> Result<Unprotected, OpenError> {
        // What would fail for certain fails before the authority is asked and writes it down.
        if let Some(Sink::File(target)) = options.output.as_ref().filter(|sink| !sink.is_folder()) {
            drop(Output::in_clear(target, options.overwrite, self.profile())?);
        }
        let licensed = self.licence_for(&located, Asked::ToUnprotect).await?;
        let client = self.clone();
        blocking(move || write(&located, licensed, &options, &HashSet::new(), client.profile())).await
    }
}

/// `kept` are outputs that are not replaced whatever the options say.
fn write(
    located: &Located,
    licensed: Licensed,
    options: &UnprotectOptions,
    kept: &HashSet<PathBuf>,
    profile: &Profile,
) -> Result<Unprotected, OpenError> {
    let rights = licensed.grant.licence().rights();
    let reader = located.read(licensed, Right::Export)?;
    let content_id = located.header.licence().content_id();
    let bytes = reader.plaintext_len();
    let seal = reader.seal_report().clone();
    let sink = resolve(located, options.output.as_ref(), reader.inner_header());
    let mut output = match &sink {
        Sink::File(path) => {
            let overwrite = options.overwrite && !kept.contains(path);
            Output::in_clear(path, overwrite, profile)?
        }
        Sink::StandardOutput => Output::standard(),
    };
    match output.storage() {
        Some(storage) => {
            // The reader's own leaf would be one buffer more.
            let (file, body) = reader.into_parts();
            leaves::open(&body, &file, storage, options.workers, &options.progress)
                .map_err(|ended| located.ended(ended, output.path()))?;
        }
        None => {
            // What has gone down a pipe cannot be taken back, so all of it is verified before.
            located.verify_all(&reader, options.workers, &ProgressCallback::default())?;
            pour(located, reader, &mut output, &options.progress)?;
        }
    }
    output.flush_to_disk()?;
    Ok(Unprotected {
        output: output.commit()?,
        content_id,
        bytes,
        rights,
        seal,
    })
}

/// Writes all content into a pipe.
fn pour(
    located: &Located,
    mut reader: SeekableReader<File>,
    output: &mut Output,
    progress: &ProgressCallback,
) -> Result<(), OpenError> {
    let total = Some(reader.plaintext_len());
    match copy(&mut reader, output, total, progress) {
        Ok(_) => Ok(()),
        Err(CopyError::Interrupted) => Err(OpenError::Interrupted),
        Err(CopyError::Read(error)) => Err(located.failed(error.into())),
        Err(CopyError::Write(source)) => Err(OpenError::Io {
            path: output.path().to_owned(),
            source,
        }),
    }
}

fn resolve(located: &Located, output: Option<&Sink>, inner: &InnerHeader) -> Sink {
    let name = inner
        .safe_name()
        .unwrap_or_else(|| located.header.licence().content_id().to_string());
    match output {
        Some(Sink::File(folder)) if folder.is_dir() => Sink::File(folder.join(name)),
        Some(sink) => sink.clone(),
        None if !located.is_lasting => Sink::StandardOutput,
        None => Sink::File(beside(&located.path, &name)),
    }
}

fn beside(path: &Path, name: &str) -> PathBuf {
    match folder_of(path) {
        here if here == Path::new(".") => PathBuf::from(name),
        folder => folder.join(name),
    }
}

impl From<OutputError> for OpenError {
    fn from(error: OutputError) -> Self {
        match error {
            OutputError::Exists { path } => Self::OutputExists { path },
            OutputError::NotRegular { path } => Self::OutputNotRegular { path },
            OutputError::Io { path, source } => Self::Io { path, source },
            OutputError::Unconfirmed { path, source } => Self::OutputUnconfirmed { path, source },
            OutputError::Profile(error) => Self::Profile(error),
        }
    }
}
