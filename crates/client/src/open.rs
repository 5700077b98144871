//! Opening: rights first, then the content.

use std::fmt;
use std::fs::File;
use std::io::{Read, Seek};

use clausa_core::address::Address;
use clausa_core::id::ContentId;
use clausa_core::inner::InnerHeader;
use clausa_core::open::{OpenGrant, SeekableReader};
use clausa_core::origin::Origin;
use clausa_core::rights::{Right, Rights};
use clausa_core::seal::SealReport;
use clausa_core::time::Timestamp;
use clausa_core::use_licence::VerifiedUseLicence;

use crate::background::blocking;
use crate::client::Client;
use crate::error::OpenError;
use crate::file::{CopyError, Nowhere, Source};
use crate::leaves::{self, Ended, Unopened, Workers};
use crate::progress::ProgressCallback;

pub(crate) use licence::{Asked, Licensed};
pub(crate) use locate::{Located, open_seekable};
pub use unprotect::{UnprotectOptions, Unprotected};

mod failure;
mod kept_licence;
mod licence;
mod locate;
mod unprotect;

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

impl LicenceFacts {
    pub(crate) fn of(licence: &VerifiedUseLicence, origin: LicenceOrigin) -> Self {
        Self {
            origin,
            issued_at: licence.issued_at(),
            not_after: licence.not_after(),
            offline_until: licence.offline_until(),
        }
    }

    /// True when the file can be opened without a network for a while.
    pub fn works_offline(&self) -> bool {
        self.offline_until > self.issued_at
    }
}

/// An open file: the rights, and the content as far as it is asked for.
///
/// The seal's signature and the exact end of the file have been verified; each mebibyte is verified as it is read, so
/// no byte comes out that the publisher has not sealed. [`Opened::verify`] verifies all of them beforehand.
pub struct Opened {
    client: Client,
    located: Located,
    reader: SeekableReader<File>,
    rights: Rights,
    facts: LicenceFacts,
}

impl Opened {
    /// What the account may do. Most of these the reading application has to keep.
    pub fn rights(&self) -> Rights {
        self.rights
    }

    /// How the licence was come by and how long it lasts.
    pub fn facts(&self) -> LicenceFacts {
        self.facts
    }

    /// The file.
    pub fn content_id(&self) -> ContentId {
        self.located.header.licence().content_id()
    }

    /// Who protected it.
    pub fn publisher(&self) -> &Address {
        &self.located.header.verified_licence().publisher().address
    }

    /// Its authority.
    pub fn origin(&self) -> &Origin {
        &self.located.authority.origin
    }

    /// Who sealed the content, when, and which revision it is.
    pub fn seal_report(&self) -> &SealReport {
        self.reader.seal_report()
    }

    /// Name, media type, time and size of the file as it was protected.
    pub fn inner_header(&self) -> &InnerHeader {
        self.reader.inner_header()
    }

    /// The name inside the file, made safe for this machine's file system (SEC-19).
    pub fn name(&self) -> Option<String> {
        self.inner_header().safe_name()
    }

    /// The media type inside the file.
    pub fn media_type(&self) -> Option<&str> {
        self.inner_header().media_type()
    }

    /// Bytes of content.
    pub fn len(&self) -> u64 {
        self.reader.plaintext_len()
    }

    /// True when there is no content.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The content. Reading blocks.
    pub fn reader(&mut self) -> &mut (impl Read + Seek + Send + 'static + use<>) {
        &mut self.reader
    }

    /// The content, for reading on another thread. Reading blocks.
    pub fn into_reader(self) -> impl Read + Seek + Send + 'static {
        self.reader
    }

    /// Reads everything once and releases nothing, so that what is altered anywhere is found before anything is shown.
    ///
    /// # Errors
    ///
    /// [`OpenError::Altered`], or [`OpenError::Interrupted`].
    pub async fn verify(self, progress: ProgressCallback) -> Result<Self, OpenError> {
        blocking(move || {
            self.located
                .verify_all(&self.reader, Workers::default(), &progress)?;
            Ok(self)
        })
        .await
    }

    /// Writes the content out in clear: as [`Client::unprotect`], for a file that is open already.
    ///
    /// # Errors
    ///
    /// [`OpenError`], among others [`OpenError::RightMissing`].
    pub async fn export(self, options: UnprotectOptions) -> Result<Unprotected, OpenError> {
        self.client.clone().unprotect_located(self.located, options).await
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("content_id", &self.content_id())
            .field("rights", &self.rights)
            .field("facts", &self.facts)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Opens a protected file: verifies it, finds a licence on this device or asks the authority for one, and gives
    /// access to the content.
    ///
    /// # Errors
    ///
    /// [`OpenError`]; among others [`OpenError::SignInRequired`], which carries what to come back to.
    pub async fn open(&self, source: Source) -> Result<Opened, OpenError> {
        let located = self.locate(source).await?;
        let licensed = self.licence_for(&located, Asked::ToOpen).await?;
        let client = self.clone();
        blocking(move || {
            let (rights, facts) = (licensed.grant.licence().rights(), licensed.facts);
            let reader = located.read(licensed, Right::View)?;
            Ok(Opened {
                client,
                located,
                reader,
                rights,
                facts,
            })
        })
        .await
    }
}

impl Located {
    /// Opens the content with a licence that gives `right`.
    fn read(&self, licensed: Licensed, right: Right) -> Result<SeekableReader<File>, OpenError> {
        self.read_with(&licensed.grant, right)
    }

    /// As [`read`](Self::read), for somebody who needs the grant again.
    pub(crate) fn read_with(
        &self,
        grant: &OpenGrant,
        right: Right,
    ) -> Result<SeekableReader<File>, OpenError> {
        grant.require(right.into()).map_err(|error| self.failed(error))?;
        let file = self.file.try_clone().map_err(|source| self.io(source))?;
        SeekableReader::open(file, self.header.clone(), grant).map_err(|error| self.failed(error))
    }

    /// Reads everything once and releases nothing.
    fn verify_all(
        &self,
        reader: &SeekableReader<File>,
        workers: Workers,
        progress: &ProgressCallback,
    ) -> Result<(), OpenError> {
        let (file, body) = reader.parts();
        leaves::open(body, file, &Nowhere, workers, progress)
            .map_err(|ended| self.ended(ended, std::path::Path::new("-")))
    }

    pub(crate) fn ended(&self, ended: Ended<Unopened>, output: &std::path::Path) -> OpenError {
        match ended {
            Ended::Interrupted => OpenError::Interrupted,
            Ended::Failed(Unopened::Core(error)) => self.failed(error),
            Ended::Failed(Unopened::Write(source)) => OpenError::Io {
                path: output.to_owned(),
                source,
            },
        }
    }

    pub(crate) fn copying_failed(&self, error: CopyError, output: &std::path::Path) -> OpenError {
        match error {
            CopyError::Interrupted => OpenError::Interrupted,
            CopyError::Read(error) => self.failed(error.into()),
            CopyError::Write(source) => OpenError::Io {
                path: output.to_owned(),
                source,
            },
        }
    }
}
