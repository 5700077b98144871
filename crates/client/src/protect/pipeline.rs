//! One source becomes one protected file.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clausa_api::Bytes;
use clausa_core::inner::InnerHeader;
use clausa_core::prefix::MAGIC;
use clausa_core::protect::{ProtectError as CoreError, ProtectWriter, Summary};
use clausa_core::publishing::{PublishRequest, Published, publish};
use clausa_core::time::Timestamp;

use super::plan::Plan;
use super::preparation::Prepared;
use super::{ProtectOptions, media_type};
use crate::error::ProtectError;
use crate::file::{CopyError, Output, OutputError, Sink, Source, copy};

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
    reader: Box<dyn Read>,
    path: PathBuf,
    facts: Facts,
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
    let mut input = Input::open(source)?;
    let name = plan.name.clone();
    let output = match &plan.sink {
        Sink::File(path) => Output::file(path, options.overwrite)?,
        Sink::StandardOutput => Output::standard(),
    };
    output.set_mode(input.facts.mode)?;
    let inner = inner_header(name.as_deref(), &input.facts)?;
    let published = licence(prepared)?;
    let publishing_licence = Bytes(published.licence_bytes().to_vec());
    let at_output = |error: CoreError, path: &Path| of_core(error, path, &input.path);
    let mut rng = clausa_core::random::SystemRandom;
    let target = output.path().to_owned();
    let mut writer =
        ProtectWriter::new(published, &inner, output, &mut rng).map_err(|error| at_output(error, &target))?;
    let copied = match copy(
        &mut input.reader,
        &mut writer,
        input.facts.length,
        &options.progress,
    ) {
        Ok(copied) => copied,
        Err(CopyError::Interrupted) => return Err(ProtectError::Interrupted),
        Err(CopyError::Read(source)) => {
            return Err(ProtectError::Io {
                path: input.path,
                source,
            });
        }
        Err(CopyError::Write(error)) => return Err(of_core(error.into(), &target, &input.path)),
    };
    let finished = writer
        .finish(&prepared.keys.signing, prepared.now)
        .map_err(|error| of_core(error, &target, &input.path))?;
    Ok(Written {
        output: finished.out,
        summary: finished.summary,
        publishing_licence,
        plaintext_bytes: copied.0,
        name,
    })
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
    publish(
        request,
        &prepared.keys.signing,
        &mut clausa_core::random::SystemRandom,
    )
    .map_err(|error| ProtectError::Internal {
        source: Box::new(error),
    })
}

impl Input {
    fn open(source: &Source) -> Result<Self, ProtectError> {
        let path = source.path().to_owned();
        let Source::File(_) = source else {
            let (reader, facts) = (Box::new(io::stdin()), Facts::default());
            return Self { reader, path, facts }.refuse_protected();
        };
        let (file, facts) = open(&path)?;
        let reader = Box::new(file);
        Self { reader, path, facts }.refuse_protected()
    }

    /// Looks at the first bytes and puts them back.
    fn refuse_protected(mut self) -> Result<Self, ProtectError> {
        let mut start = Vec::with_capacity(MAGIC.len());
        let read = self
            .reader
            .by_ref()
            .take(MAGIC.len() as u64)
            .read_to_end(&mut start);
        read.map_err(|source| ProtectError::Io {
            path: self.path.clone(),
            source,
        })?;
        if start == MAGIC {
            return Err(ProtectError::AlreadyProtected { path: self.path });
        }
        self.reader = Box::new(io::Cursor::new(start).chain(self.reader));
        Ok(self)
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
