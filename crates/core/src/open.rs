//! Reading protected files (clause 10). Each step is a type that the next one consumes:
//!
//! 1. [`read_header`]: prefix and publishing licence, about which nothing is proven yet ([`Header`]);
//! 2. [`Header::verify`]: chain to a pinned root and signature ([`VerifiedHeader`]);
//! 3. [`UseLicence::parse_verify`](crate::use_licence::UseLicence::parse_verify) and
//!    [`unseal`](crate::use_licence::VerifiedUseLicence::unseal): what this reader may do, and the content key
//!    ([`OpenGrant`]);
//! 4. [`SeekableReader`] (files), [`open_in_memory`], or [`StreamReader`] (pipes).
//!
//! The first two of step 4 release a byte only after the seal's signature, the exact end of the file and the byte's own
//! leaf were checked. A pipe cannot be read twice, so [`StreamReader`] releases authenticated bytes before it has seen
//! the seal; its documentation says what that means.

mod end;
mod ending;
mod error;
mod grant;
mod header;
mod seekable;
mod stream;

pub use end::{SealOutline, outline_seal};
pub use ending::{Ending, find_ending};
pub use error::OpenError;
pub use grant::OpenGrant;
pub use header::{Header, VerifiedHeader, read_header};
pub use seekable::{SeekableReader, VerifiedBody};
pub use stream::StreamReader;

use std::io::{Cursor, Read};

use zeroize::Zeroizing;

use crate::inner::InnerHeader;
use crate::seal::SealReport;

/// A file opened in memory.
#[derive(Debug)]
pub struct OpenedInMemory {
    /// What the file was called and was.
    pub inner_header: InnerHeader,
    /// Its bytes.
    pub plaintext: Zeroizing<Vec<u8>>,
    /// Who sealed it.
    pub seal_report: SealReport,
}

/// Opens a whole file that is in memory.
///
/// # Errors
///
/// [`OpenError`], the first thing that is wrong.
pub fn open_in_memory(
    file: &[u8],
    header: VerifiedHeader,
    grant: OpenGrant,
) -> Result<OpenedInMemory, OpenError> {
    let mut reader = SeekableReader::open(Cursor::new(file), header, grant)?;
    // The length follows from the file's own length, so it cannot exceed it.
    let length = reader.plaintext_len() as usize;
    let mut plaintext = Zeroizing::new(vec![0; length]);
    reader.read_exact(&mut plaintext)?;
    Ok(OpenedInMemory {
        inner_header: reader.inner_header().clone(),
        plaintext,
        seal_report: reader.seal_report().clone(),
    })
}
