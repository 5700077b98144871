//! Protecting: any source becomes a protected file, with a network or without.

use std::path::PathBuf;
use std::sync::Arc;

use clausa_core::id::{ContentId, LicenceDigest, TenantId};
use clausa_core::origin::Origin;

use crate::client::Client;
use crate::error::ProtectError;
use crate::file::{Sink, Source};
use crate::leaves::Workers;
use crate::progress::ProgressCallback;

pub use policy_choice::address_from_text;
pub use policy_choice::{PolicyChoice, Recipient};
pub use until::Until;

mod batch;
mod group;
mod media_type;
mod pipeline;
mod plan;
mod policy_choice;
mod preparation;
mod reprotect;
mod small;
mod until;

/// How to protect.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ProtectOptions {
    /// Who may do what.
    pub policy: PolicyChoice,
    /// When access ends.
    pub until: Option<Until>,
    /// When access begins.
    pub not_before: Option<clausa_core::time::Timestamp>,
    /// How long a licence may be used without asking again, in seconds, at most 30 days. `None`: what the template
    /// says, or [`ProtectOptions::DEFAULT_OFFLINE_SECONDS`] for ad hoc terms.
    pub offline_seconds: Option<u32>,
    /// Where the protected file goes; `<name>.<ext>.clausa` beside the source when `None`.
    pub output: Option<Sink>,
    /// Replace an output that is there already.
    pub overwrite: bool,
    /// The name inside the protected file, when it is not the source's.
    pub inner_name: Option<String>,
    /// Whether to tell the authority of the file, with its name.
    pub registration: Registration,
    /// How many threads work on one large file.
    pub workers: Workers,
    /// Called as the work goes on.
    pub progress: ProgressCallback,
}

impl ProtectOptions {
    /// Offline window of ad hoc terms when none is named: seven days, as the default templates have.
    pub const DEFAULT_OFFLINE_SECONDS: u32 = 7 * 86_400;

    /// These terms, and the default for everything else.
    pub fn new(policy: PolicyChoice) -> Self {
        Self {
            policy,
            until: None,
            not_before: None,
            offline_seconds: None,
            output: None,
            overwrite: false,
            inner_name: None,
            registration: Registration::default(),
            workers: Workers::default(),
            progress: ProgressCallback::default(),
        }
    }
}

/// Whether the authority is told of a file, so that its owner sees it in the log before anybody opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Registration {
    /// Tell it now, with the file's name; later when it cannot be reached.
    #[default]
    WithName,
    /// Tell it now without the file's name; later when it cannot be reached.
    WithoutName,
    /// Send nothing now; tell it, with the file's name, when the next verb reaches it.
    Later,
}

/// A protected file.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Protected {
    /// Where it is; `-` for standard output.
    pub output: PathBuf,
    /// Its identifier.
    pub content_id: ContentId,
    /// Digest of its publishing licence.
    pub digest: LicenceDigest,
    /// The organisation it is protected under.
    pub tenant: TenantId,
    /// The authority.
    pub origin: Origin,
    /// Bytes of content.
    pub plaintext_bytes: u64,
    /// Bytes of the protected file.
    pub protected_bytes: u64,
    /// True when the authority knows of it; false when it is to be told later.
    pub registered: bool,
}

impl Client {
    /// Protects a source. The source stays as it is; the output appears complete or not at all.
    ///
    /// # Errors
    ///
    /// [`ProtectError`]; nothing is left behind.
    pub async fn protect(&self, source: Source, options: ProtectOptions) -> Result<Protected, ProtectError> {
        let mut outcomes = self.protect_all(vec![source], options).await?;
        // One source has one outcome.
        outcomes
            .pop()
            .map_or(Err(ProtectError::Interrupted), |(_, outcome)| outcome)
    }

    /// Protects several sources with the same options and tells how each went, in their order. Each output appears
    /// complete or not at all, a group of them at a time: they are flushed to disk and told to the authority together.
    /// Stops when the work is interrupted: the source at which it was says so, those after it are left out.
    ///
    /// [`ProtectOptions::output`] has to be a folder for more than one source: the outputs go there. Otherwise each
    /// lies beside its source. What [`ProtectOptions::progress`] is told counts the bytes of all sources.
    ///
    /// # Errors
    ///
    /// [`ProtectError`] when no source can be protected because of what they have in common: nobody is signed in, the
    /// template is unknown, and the like.
    pub async fn protect_all(
        &self,
        sources: Vec<Source>,
        options: ProtectOptions,
    ) -> Result<Vec<(Source, Result<Protected, ProtectError>)>, ProtectError> {
        let prepared = Arc::new(self.prepare(&options).await?);
        Ok(self.protect_prepared(prepared, sources, options).await)
    }
}
