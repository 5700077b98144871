//! From a source to a verified header and an authority that may be asked.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::PathBuf;

use clausa_core::open::{Ending, Header, VerifiedHeader, find_ending, read_header};

use super::failure;
use crate::background::blocking;
use crate::client::Client;
use crate::error::OpenError;
use crate::file::Source;
use crate::origins::TrustedAuthority;
use crate::profile::Waiting;

/// A protected file whose publisher and authority are known and trusted.
#[derive(Debug)]
pub(crate) struct Located {
    pub(crate) path: PathBuf,
    /// Where the path leads to a file that is there tomorrow.
    pub(super) is_lasting: bool,
    pub(crate) file: File,
    pub(crate) header: VerifiedHeader,
    pub(crate) authority: TrustedAuthority,
}

impl Client {
    /// Steps 1 to 6 of clause 10, with the end behind the form: form, origin, chain, signature. Nothing is sent anywhere.
    pub(crate) async fn locate(&self, source: Source) -> Result<Located, OpenError> {
        let client = self.clone();
        blocking(move || {
            let path = source.path().to_owned();
            let (file, header) = read(&source).map_err(|failure| failure.at(&path))?;
            let origin = header.licence().origin();
            // SEC-51: what the file says is compared with what this profile trusts, and not followed.
            let authorities = client.profile().authorities()?;
            let Some(authority) = authorities.find(origin).cloned() else {
                return Err(OpenError::AuthorityUnknown {
                    origin: origin.clone(),
                });
            };
            let header = header
                .verify(&authority.anchors())
                .map_err(|error| failure::of_core(error, &path))?;
            let is_lasting = source != Source::StandardInput;
            Ok(Located {
                path,
                is_lasting,
                file,
                header,
                authority,
            })
        })
        .await
    }
}

impl Located {
    /// What to come back to after signing up or in.
    pub(super) fn waiting(&self) -> Waiting {
        let licence = self.header.licence();
        let path = self
            .is_lasting
            .then(|| std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone()));
        Waiting {
            path,
            content_id: licence.content_id(),
            origin: self.authority.origin.clone(),
            publisher: Some(licence.publisher_claims().address.clone()),
        }
    }

    pub(crate) fn failed(&self, error: clausa_core::open::OpenError) -> OpenError {
        failure::of_core(error, &self.path)
            .with_contact(self.header.licence().publisher_claims().address.as_str())
    }

    pub(crate) fn io(&self, source: io::Error) -> OpenError {
        OpenError::Io {
            path: self.path.clone(),
            source,
        }
    }
}

/// What went wrong before the path was known.
enum Failure {
    Core(clausa_core::open::OpenError),
    Io(io::Error),
    Ending(Ending),
}

impl Failure {
    fn at(self, path: &std::path::Path) -> OpenError {
        match self {
            Self::Core(error) => failure::of_core(error, path),
            Self::Io(source) => OpenError::Io {
                path: path.to_owned(),
                source,
            },
            Self::Ending(Ending::Extended { bytes }) => OpenError::Extended { bytes },
            Self::Ending(_) => OpenError::Cut,
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn read(source: &Source) -> Result<(File, Header), Failure> {
    let mut file = open_seekable(source)?;
    let header = read_header(&mut file).map_err(Failure::Core)?;
    // A file that was cut or extended is told apart before anybody is asked for a licence.
    match find_ending(&mut file, header.length() as u64)? {
        Ending::Sealed => Ok((file, header)),
        other => Err(Failure::Ending(other)),
    }
}

/// Opens a protected file for reading at any place.
pub(crate) fn open_seekable(source: &Source) -> io::Result<File> {
    let mut file = match source {
        Source::File(path) => File::open(path)?,
        Source::StandardInput => spool(&mut io::stdin())?,
    };
    if file.metadata()?.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    // What cannot be sought in, such as a named pipe, is spooled too.
    if file.stream_position().is_err() {
        file = spool(&mut file)?;
    }
    Ok(file)
}

/// Keeps what comes through a pipe, still protected, in a file without a name: only a file can be verified to its end
/// before anything of it is released.
fn spool(pipe: &mut impl Read) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    io::copy(pipe, &mut file)?;
    file.rewind()?;
    Ok(file)
}
