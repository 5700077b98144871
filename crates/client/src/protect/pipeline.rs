//! One source becomes one protected file.

use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Read};
use std::path::{Path, PathBuf};

use clausa_api::Bytes;
use clausa_core::inner::InnerHeader;
use clausa_core::prefix::MAGIC;
use clausa_core::protect::{FileSealer, ProtectError as CoreError, ProtectWriter, Summary};
use clausa_core::publishing::{PublishRequest, Published, publish};
use clausa_core::random::SystemRandom;
use clausa_core::time::Timestamp;

use super::plan::Plan;
use super::preparation::Prepared;
use super::{ProtectOptions, media_type};
use crate::error::ProtectError;
use crate::file::{CopyError, Output, OutputError, Sink, Source, copy, read_full_at, write_all_at};
use crate::leaves::{self, Ended, Unsealed};

/// A protected file that has no name yet.
pub(super) struct Written {
    pub(super) output: Output,
    pub(super) summary: Summary,
    pub(super) publishing_licence: Bytes,
    pub(super) plaintext_bytes: u64,
    /// The name inside the file.
    pub(super) name: Option<String>,
}

/// What is read.
struct Input {
    content: Content,
    path: PathBuf,
    facts: Facts,
}

/// How it can be read.
enum Content {
    /// A regular file, and the length it had when it was opened: at any place.
    File(File, u64),
    /// Everything else: once, to its end.
    Stream(Box<dyn Read>),
}

/// What is known of a source before it is read.
#[derive(Default)]
pub(super) struct Facts {
    /// The length, of a regular file.
    pub(super) length: Option<u64>,
    modified: Option<Timestamp>,
    /// The permissions that the output gets too.
    pub(super) mode: Option<u32>,
}

/// Writes the protected file, complete but for its name and not flushed to disk yet. Blocks.
pub(super) fn write(
    prepared: &Prepared,
    source: &Source,
    plan: &Plan,
    options: &ProtectOptions,
) -> Result<Written, ProtectError> {
    let input = Input::open(source)?;
    let name = plan.name.clone();
    let mut output = match &plan.sink {
        Sink::File(path) => Output::file(path, options.overwrite)?,
        Sink::StandardOutput => Output::standard(),
    };
    output.set_mode(input.facts.mode)?;
    let inner = inner_header(name.as_deref(), &input.facts)?;
    let published = licence(prepared)?;
    let publishing_licence = Bytes(published.licence_bytes().to_vec());
    let work = Work {
        prepared,
        options,
        source: input.path,
        output: output.path().to_owned(),
    };
    let sealer = FileSealer::new(published, &inner, &mut SystemRandom).map_err(|error| work.failed(error))?;
    let (summary, plaintext_bytes) = match (input.content, output.storage()) {
        (Content::File(file, length), Some(storage)) => work.leaves(sealer, &file, length, storage)?,
        (Content::File(mut file, length), None) => {
            work.stream(sealer, &mut file, Some(length), &mut output)?
        }
        (Content::Stream(mut stream), _) => work.stream(sealer, &mut stream, None, &mut output)?,
    };
    Ok(Written {
        output,
        summary,
        publishing_licence,
        plaintext_bytes,
        name,
    })
}

/// What the two ways of writing a file have in common.
struct Work<'a> {
    prepared: &'a Prepared,
    options: &'a ProtectOptions,
    source: PathBuf,
    output: PathBuf,
}

impl Work<'_> {
    /// From file to file: leaf by leaf, by several threads if it is large.
    fn leaves(
        &self,
        sealer: FileSealer,
        source: &File,
        length: u64,
        target: &File,
    ) -> Result<(Summary, u64), ProtectError> {
        let (workers, progress) = (self.options.workers, &self.options.progress);
        let body = leaves::seal(sealer, source, length, target, workers, progress)
            .map_err(|ended| self.ended(ended))?;
        let end = body
            .sealer
            .finish(
                body.plaintext_length,
                &self.prepared.keys.signing,
                self.prepared.now,
            )
            .map_err(|error| self.failed(error))?;
        let mut parts = [&end.seal, end.leaf_list.as_flattened(), &end.tail].map(IoSlice::new);
        write_all_at(target, &mut parts, body.end).map_err(|source| self.output_failed(source))?;
        Ok((end.summary, length))
    }

    /// From or to a pipe: in one pass, by this thread.
    fn stream(
        &self,
        sealer: FileSealer,
        source: &mut dyn Read,
        length: Option<u64>,
        target: &mut Output,
    ) -> Result<(Summary, u64), ProtectError> {
        let mut rng = SystemRandom;
        let mut writer =
            ProtectWriter::with_sealer(sealer, target, &mut rng).map_err(|error| self.failed(error))?;
        let copied = copy(source, &mut writer, length, &self.options.progress);
        let copied = copied.map_err(|error| match error {
            CopyError::Interrupted => ProtectError::Interrupted,
            CopyError::Read(source) => self.source_failed(source),
            CopyError::Write(error) => self.failed(error.into()),
        })?;
        let finished = writer
            .finish(&self.prepared.keys.signing, self.prepared.now)
            .map_err(|error| self.failed(error))?;
        Ok((finished.summary, copied.0))
    }

    fn ended(&self, ended: Ended<Unsealed>) -> ProtectError {
        match ended {
            Ended::Interrupted => ProtectError::Interrupted,
            Ended::Failed(Unsealed::Changed) => ProtectError::SourceChanged {
                path: self.source.clone(),
            },
            Ended::Failed(Unsealed::Read(error)) => self.source_failed(error),
            Ended::Failed(Unsealed::Write(error)) => self.output_failed(error),
            Ended::Failed(Unsealed::Core(error)) => self.failed(error),
        }
    }

    fn failed(&self, error: CoreError) -> ProtectError {
        of_core(error, &self.output, &self.source)
    }

    fn source_failed(&self, source: io::Error) -> ProtectError {
        let path = self.source.clone();
        ProtectError::Io { path, source }
    }

    fn output_failed(&self, source: io::Error) -> ProtectError {
        let path = self.output.clone();
        ProtectError::Io { path, source }
    }
}

pub(super) fn licence(prepared: &Prepared) -> Result<Published, ProtectError> {
    let request = PublishRequest {
        origin: prepared.authority.origin.clone(),
        tenant: prepared.account.identity.tenant,
        issued_at: prepared.now,
        policy: &prepared.policy,
        wrapping_keys: std::slice::from_ref(&prepared.wrapping_key),
        hint: prepared.hint.clone(),
        extensions: clausa_core::policy::NamedData::default(),
        chain: prepared.chain.clone(),
        allow_mixed_suites: false,
    };
    publish(request, &prepared.keys.signing, &mut SystemRandom).map_err(|error| ProtectError::Internal {
        source: Box::new(error),
    })
}

impl Input {
    fn open(source: &Source) -> Result<Self, ProtectError> {
        let path = source.path().to_owned();
        let (content, facts) = match source {
            Source::StandardInput => (Content::Stream(Box::new(io::stdin())), Facts::default()),
            Source::File(_) => {
                let (file, facts) = open(&path)?;
                let content = match facts.length {
                    Some(length) => Content::File(file, length),
                    None => Content::Stream(Box::new(file)),
                };
                (content, facts)
            }
        };
        Self { content, path, facts }.refuse_protected()
    }

    /// Looks at the first bytes, and puts those of a stream back.
    fn refuse_protected(mut self) -> Result<Self, ProtectError> {
        let is_protected = match &mut self.content {
            Content::File(file, _) => {
                let mut start = [0; MAGIC.len()];
                read_full_at(file, &mut [IoSliceMut::new(&mut start)], 0).map(|_| start == MAGIC)
            }
            Content::Stream(stream) => {
                let mut start = Vec::with_capacity(MAGIC.len());
                let read = stream.take(MAGIC.len() as u64).read_to_end(&mut start);
                let is_protected = start == MAGIC;
                let rest = std::mem::replace(stream, Box::new(io::empty()));
                *stream = Box::new(io::Cursor::new(start).chain(rest));
                read.map(|_| is_protected)
            }
        };
        match is_protected {
            Ok(false) => Ok(self),
            Ok(true) => Err(ProtectError::AlreadyProtected { path: self.path }),
            Err(source) => Err(ProtectError::Io {
                path: self.path,
                source,
            }),
        }
    }
}

/// Opens a source that is a file.
pub(super) fn open(path: &Path) -> Result<(File, Facts), ProtectError> {
    let io = |source| ProtectError::Io {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    if metadata.is_dir() {
        return Err(ProtectError::SourceIsFolder {
            path: path.to_owned(),
        });
    }
    let modified = metadata
        .modified()
        .ok()
        .and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    let facts = Facts {
        length: metadata.is_file().then_some(metadata.len()),
        modified: modified.map(|since| Timestamp::from_seconds(since.as_secs())),
        mode: mode_of(&metadata),
    };
    Ok((file, facts))
}

pub(super) fn inner_header(name: Option<&str>, facts: &Facts) -> Result<InnerHeader, ProtectError> {
    let internal = |error: clausa_core::inner::InvalidInnerHeader| ProtectError::Internal {
        source: Box::new(error),
    };
    let mut inner = InnerHeader::default();
    if let Some(name) = name {
        let invalid = |_| ProtectError::Validity {
            text: name.to_owned(),
            rule: "the name of a file has 1 to 1 024 bytes",
        };
        inner = InnerHeader::named(name).map_err(invalid)?;
        if let Some(media_type) = media_type::of(name) {
            inner = inner.with_media_type(media_type).map_err(internal)?;
        }
    }
    if let Some(modified) = facts.modified {
        inner = inner.with_modified(modified);
    }
    if let Some(length) = facts.length {
        inner = inner.with_size(length);
    }
    Ok(inner)
}

pub(super) fn of_core(error: CoreError, output: &Path, source: &Path) -> ProtectError {
    match error {
        CoreError::Io(error) => ProtectError::Io {
            path: output.to_owned(),
            source: error.0,
        },
        CoreError::SizeDiffers { .. } => ProtectError::SourceChanged {
            path: source.to_owned(),
        },
        other => ProtectError::Internal {
            source: Box::new(other),
        },
    }
}

impl From<OutputError> for ProtectError {
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

#[cfg(unix)]
fn mode_of(metadata: &std::fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    // Nobody runs a protected file.
    metadata.is_file().then(|| metadata.permissions().mode() & 0o666)
}

#[cfg(not(unix))]
fn mode_of(_: &std::fs::Metadata) -> Option<u32> {
    None
}
