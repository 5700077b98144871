//! Writing protected files (clause 8).
//!
//! [`protect`] does it in memory. [`ProtectWriter`] is a [`Write`]: bytes go in, the protected file comes
//! out in one pass, and [`ProtectWriter::finish`] puts the seal on, without which nobody can read the file.
//! [`FileSealer`] is underneath both, for callers who read, seal and write leaves on several threads.

mod error;
mod sealer;
mod writer;

pub use error::ProtectError;
pub use sealer::{FileSealer, SealedEnd, Summary};
pub use writer::{Finished, ProtectWriter};

use std::io::Write;

use crate::inner::InnerHeader;
use crate::keys::Signer;
use crate::publishing::Published;
use crate::random::Randomness;
use crate::time::Timestamp;

/// Protects what is in memory.
///
/// # Errors
///
/// [`ProtectError`].
pub fn protect(
    published: Published,
    inner: &InnerHeader,
    plaintext: &[u8],
    signer: &dyn Signer,
    sealed_at: Timestamp,
    rng: &mut dyn Randomness,
) -> Result<Vec<u8>, ProtectError> {
    let mut writer = ProtectWriter::new(published, inner, Vec::with_capacity(plaintext.len()), rng)?;
    writer.write_all(plaintext)?;
    Ok(writer.finish(signer, sealed_at)?.out)
}
