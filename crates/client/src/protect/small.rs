//! Small files: each is read whole, protected in one buffer and written at once. One worker does many of them, one
//! after the other, and uses its buffers again.

use std::fs::File;
use std::io::{Read, Write};

use clausa_api::Bytes;
use clausa_core::prefix::MAGIC;
use clausa_core::protect::protect_into;
use clausa_core::random::SystemRandom;
use zeroize::Zeroizing;

use super::ProtectOptions;
use super::pipeline::{Written, inner_header, licence, of_core, open};
use super::plan::Plan;
use super::preparation::Prepared;
use crate::error::ProtectError;
use crate::file::{Output, Sink, Source};

/// A file of this many bytes or more is protected by itself, by all workers together.
const TOO_LARGE: u64 = 1 << 20;

/// A worker's buffers.
#[derive(Default)]
pub(super) struct Buffers {
    plain: Zeroizing<Vec<u8>>,
    protected: Vec<u8>,
}

impl Buffers {
    /// Writes the protected file, complete but for its name and not flushed to disk yet. `None` when it is not for
    /// this way: too large, or no regular file. Blocks.
    pub(super) fn write(
        &mut self,
        prepared: &Prepared,
        source: &Source,
        plan: &Plan,
        options: &ProtectOptions,
    ) -> Result<Option<Written>, ProtectError> {
        let (Source::File(path), Sink::File(target)) = (source, &plan.sink) else {
            return Ok(None);
        };
        let io = |source| ProtectError::Io {
            path: path.clone(),
            source,
        };
        let (file, facts) = open(path)?;
        let Some(length) = facts.length.filter(|length| *length < TOO_LARGE) else {
            return Ok(None);
        };
        self.read(&file, length).map_err(io)?;
        if self.plain.starts_with(&MAGIC) {
            return Err(ProtectError::AlreadyProtected { path: path.clone() });
        }
        let mut output = Output::file(target, options.overwrite)?;
        output.set_mode(facts.mode)?;
        let inner = inner_header(plan.name.as_deref(), &facts)?;
        let published = licence(prepared)?;
        let publishing_licence = Bytes(published.licence_bytes().to_vec());
        self.protected.clear();
        let summary = protect_into(
            published,
            &inner,
            &self.plain,
            &prepared.keys.signing,
            prepared.now,
            &mut SystemRandom,
            &mut self.protected,
        )
        .map_err(|error| of_core(error, target, path))?;
        output
            .write_all(&self.protected)
            .map_err(|source| ProtectError::Io {
                path: target.clone(),
                source,
            })?;
        Ok(Some(Written {
            output,
            summary,
            publishing_licence,
            plaintext_bytes: length,
            name: plan.name.clone(),
        }))
    }

    /// Reads the whole file. One that has become longer meanwhile is found out by the byte too many.
    fn read(&mut self, file: &File, length: u64) -> std::io::Result<()> {
        let most = usize::try_from(length).unwrap_or(usize::MAX).saturating_add(1);
        if self.plain.capacity() < most {
            // Not by growing: that would leave a copy behind that nobody wipes.
            self.plain = Zeroizing::new(Vec::with_capacity(most.next_power_of_two()));
        }
        self.plain.clear();
        Read::take(file, length + 1)
            .read_to_end(&mut self.plain)
            .map(drop)
    }
}
