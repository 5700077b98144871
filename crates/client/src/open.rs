//! Opening: rights first, then the content.

use std::io::{Read, Seek};
use std::path::PathBuf;

use clausa_core::address::Address;
use clausa_core::id::ContentId;
use clausa_core::origin::Origin;
use clausa_core::rights::Rights;
use clausa_core::time::Timestamp;

use crate::client::Client;
use crate::error::OpenError;
use crate::file::{Sink, Source};
use crate::progress::ProgressCallback;

/// Where a licence came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LicenceOrigin {
    /// From this device; the authority was not asked.
    Kept,
    /// From the authority, just now.
    Fetched,
}

/// How a licence was come by and how long it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LicenceFacts {
    /// From this device or the authority.
    pub origin: LicenceOrigin,
    /// When it was issued, by the authority's clock.
    pub issued_at: Timestamp,
    /// When access ends; `None` for the owner and for policies without an end.
    pub not_after: Option<Timestamp>,
    /// Until when it may be used without asking the authority again; not after `issued_at` when it may not.
    pub offline_until: Timestamp,
}

/// An open file: the rights, and the content as far as it is asked for.
///
/// The seal's signature has been verified; each mebibyte is verified again as it is read.
pub struct Opened {
    _private: (),
}

impl Opened {
    /// What the account may do. Most of these the reading application has to keep.
    pub fn rights(&self) -> Rights {
        todo!()
    }

    /// How the licence was come by and how long it lasts.
    pub fn facts(&self) -> LicenceFacts {
        todo!()
    }

    /// The file.
    pub fn content_id(&self) -> ContentId {
        todo!()
    }

    /// Who protected it.
    pub fn publisher(&self) -> &Address {
        todo!()
    }

    /// Its authority.
    pub fn origin(&self) -> &Origin {
        todo!()
    }

    /// The name inside the file, made safe for this machine's file system (SEC-19).
    pub fn name(&self) -> Option<String> {
        todo!()
    }

    /// The media type inside the file.
    pub fn media_type(&self) -> Option<&str> {
        todo!()
    }

    /// Bytes of content.
    pub fn len(&self) -> u64 {
        todo!()
    }

    /// True when there is no content.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The content. Reading blocks.
    pub fn reader(&mut self) -> &mut (impl Read + Seek + Send + use<>) {
        todo!() as &mut std::io::Empty
    }

    /// Writes the content out in clear: as [`Client::unprotect`], for a file that is open already.
    ///
    /// # Errors
    ///
    /// [`OpenError`], among others [`OpenError::RightMissing`].
    pub async fn export(&self, options: UnprotectOptions) -> Result<Unprotected, OpenError> {
        let _ = options;
        todo!()
    }
}

/// How to write content out in clear.
#[derive(Debug, Clone, Default)]
pub struct UnprotectOptions {
    /// Where it goes; the name inside the file, beside the protected file, when `None`.
    pub output: Option<Sink>,
    /// Replace an output that is there already.
    pub overwrite: bool,
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
}

impl Client {
    /// Opens a protected file: verifies it, finds a licence on this device or asks the authority for one, and gives
    /// access to the content.
    ///
    /// # Errors
    ///
    /// [`OpenError`]; among others [`OpenError::SignInRequired`], which carries what to come back to.
    pub async fn open(&self, source: Source) -> Result<Opened, OpenError> {
        let _ = source;
        todo!()
    }

    /// Writes the content of a protected file out in clear. Needs EXPORT or OWNER, always asks the authority, and is
    /// logged. The output appears when the whole seal has been verified, or not at all.
    ///
    /// # Errors
    ///
    /// [`OpenError`], among others [`OpenError::RightMissing`].
    pub async fn unprotect(&self, source: Source, options: UnprotectOptions) -> Result<Unprotected, OpenError> {
        let _ = (source, options);
        todo!()
    }
}
