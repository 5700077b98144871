//! Protecting anew: the content of a protected file gets other terms, a new licence and a new key.

use std::fs::File;
use std::sync::Arc;

use clausa_api::Bytes;
use clausa_core::protect::{ProtectError as CoreError, ProtectWriter};
use clausa_core::random::SystemRandom;
use clausa_core::rights::Right;

use super::pipeline::{self, Written};
use super::plan::resolve_sink;
use super::preparation::Prepared;
use super::{ProtectOptions, Protected};
use crate::background::blocking;
use crate::client::Client;
use crate::edit::Version;
use crate::error::{ProtectError, ReprotectError};
use crate::file::{CopyError, Mode, Output, Sink, Source, copy};
use crate::open::{Asked, Licensed, Located};

/// A protected file that has no name yet, and a hold on the one that it replaces.
struct Replacement {
    written: Written,
    held: Option<File>,
}

impl Client {
    /// Protects the content of a protected file anew, under other terms: with a new identifier, a new licence and a new
    /// key, and the old identifier as its parent inside the policy. Name, media type and time of the content stay. The
    /// content is never on a disk in clear.
    ///
    /// Needs EXPORT or OWNER, because it takes the content out of its owner's terms; so it always asks the authority, which
    /// logs it as the removal of protection. Copies of the old file keep their terms until they are revoked.
    ///
    /// The new file goes to [`ProtectOptions::output`], or with `in_place` into the place of the old one, which is then
    /// replaced in one step unless it has changed meanwhile.
    ///
    /// # Errors
    ///
    /// [`ReprotectError`]; the file is then as it was.
    pub async fn reprotect(
        &self,
        source: Source,
        options: ProtectOptions,
        in_place: bool,
    ) -> Result<Protected, ReprotectError> {
        let located = self.locate(source).await?;
        let mut prepared = self.prepare(&options).await?;
        prepared.policy.parent = Some(located.header.licence().content_id());
        // What would fail for certain fails before the authority is asked and writes it down.
        let named = match (&options.output, in_place) {
            (_, true) => Some((located.path.clone(), true)),
            (Some(Sink::File(path)), false) if !path.is_dir() => Some((path.clone(), options.overwrite)),
            (Some(_), false) => None,
            (None, false) => return Err(ProtectError::OutputUnnamed.into()),
        };
        if let Some((path, overwrite)) = named {
            drop(Output::file(&path, overwrite).map_err(ProtectError::from)?);
        }
        let licensed = self.licence_for(&located, Asked::ToUnprotect).await?;
        let (prepared, options) = (Arc::new(prepared), Arc::new(options));
        let source = Source::file(&located.path);
        let (with, chosen) = (prepared.clone(), options.clone());
        let Replacement { written, held } =
            blocking(move || write(&with, &located, licensed, &chosen, in_place)).await?;
        let outcome = self.conclude(&prepared, source, written, &options).await;
        drop(held);
        Ok(outcome?)
    }
}

/// Writes the new file to disk, complete but for its name.
fn write(
    prepared: &Prepared,
    located: &Located,
    licensed: Licensed,
    options: &ProtectOptions,
    in_place: bool,
) -> Result<Replacement, ReprotectError> {
    let mut reader = located.read_with(&licensed.grant, Right::Export)?;
    let length = reader.plaintext_len();
    let inner = reader.inner_header().clone().with_size(length);
    let held = if in_place {
        let version = Version::new(located.header.digest(), reader.seal_report());
        Some(version.hold(&located.path, &located.authority.anchors())?)
    } else {
        None
    };
    let output = match sink(located, options, in_place, inner.name())? {
        Sink::File(path) => Output::file(&path, in_place || options.overwrite)?,
        Sink::StandardOutput => Output::standard(),
    };
    Mode::of(&located.file).give(&output)?;
    let published = pipeline::licence(prepared)?;
    let publishing_licence = Bytes(published.licence_bytes().to_vec());
    let target = output.path().to_owned();
    let failed = |error: CoreError| pipeline::of_core(error, &target, &located.path);
    let mut rng = SystemRandom;
    let mut writer = ProtectWriter::new(published, &inner, output, &mut rng).map_err(failed)?;
    match copy(&mut reader, &mut writer, Some(length), &options.progress) {
        Ok(_) => {}
        Err(CopyError::Write(error)) => return Err(failed(error.into()).into()),
        Err(error) => return Err(located.copying_failed(error, &target).into()),
    }
    let finished = writer
        .finish(&prepared.keys.signing, prepared.now)
        .map_err(failed)?;
    let mut output = finished.out;
    output.flush_to_disk()?;
    let written = Written {
        output,
        summary: finished.summary,
        publishing_licence,
        plaintext_bytes: length,
        name: inner.name().map(str::to_owned),
    };
    Ok(Replacement { written, held })
}

fn sink(
    located: &Located,
    options: &ProtectOptions,
    in_place: bool,
    name: Option<&str>,
) -> Result<Sink, ProtectError> {
    if in_place {
        return Ok(Sink::File(located.path.clone()));
    }
    let source = Source::file(&located.path);
    resolve_sink(&source, options.output.as_ref(), name)
}
