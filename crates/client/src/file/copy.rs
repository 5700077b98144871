//! Copying with progress, and with a way to stop.

use std::io::{self, Read, Write};

use zeroize::Zeroizing;

use crate::progress::{Progress, ProgressCallback};

/// How much is read at once.
const BUFFER_LENGTH: usize = 256 << 10;
/// How often the caller is told.
const TELL_EVERY: u64 = 1 << 20;

/// How many bytes were copied.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Copied(pub(crate) u64);

/// Which side failed.
#[derive(Debug)]
pub(crate) enum CopyError {
    Read(io::Error),
    Write(io::Error),
    Interrupted,
}

/// Copies everything.
pub(crate) fn copy(
    from: &mut (impl Read + ?Sized),
    to: &mut impl Write,
    total: Option<u64>,
    progress: &ProgressCallback,
) -> Result<Copied, CopyError> {
    let mut buffer = Zeroizing::new(vec![0; BUFFER_LENGTH]);
    let (mut done, mut told) = (0, 0);
    let tell = |done| {
        let stop = progress.call(Progress { done, total }).is_break();
        if stop { Err(CopyError::Interrupted) } else { Ok(()) }
    };
    tell(0)?;
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(CopyError::Read(error)),
        };
        to.write_all(&buffer[..read]).map_err(CopyError::Write)?;
        done += read as u64;
        if done - told >= TELL_EVERY {
            told = done;
            tell(done)?;
        }
    }
    tell(done)?;
    Ok(Copied(done))
}
