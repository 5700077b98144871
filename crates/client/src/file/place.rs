//! Reading and writing at a place, so that several threads can share one file.

use std::fs::File;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut};

/// What can be read at any place.
pub(crate) trait ReadAt: Sync {
    /// Reads some bytes from `offset` on, one buffer after the other; 0 at the end.
    fn read_at(&self, buffers: &mut [IoSliceMut<'_>], offset: u64) -> io::Result<usize>;
}

/// What can be written at any place.
pub(crate) trait WriteAt: Sync {
    /// Writes some bytes from `offset` on, one buffer after the other.
    fn write_at(&self, buffers: &[IoSlice<'_>], offset: u64) -> io::Result<usize>;

    /// Brings to the disk what was written so far, while others go on writing.
    ///
    /// # Errors
    ///
    /// What was written before may be lost then, and is not told of again.
    fn flush(&self) -> io::Result<()>;
}

/// Fills the buffers, or as much of them as there is before the end.
pub(crate) fn read_full_at(
    file: &impl ReadAt,
    mut buffers: &mut [IoSliceMut<'_>],
    offset: u64,
) -> io::Result<usize> {
    let mut read = 0;
    // Takes empty buffers from the front.
    IoSliceMut::advance_slices(&mut buffers, 0);
    while !buffers.is_empty() {
        match file.read_at(buffers, offset + read as u64) {
            Ok(0) => break,
            Ok(more) => {
                IoSliceMut::advance_slices(&mut buffers, more);
                read += more;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

/// Writes all bytes.
pub(crate) fn write_all_at(
    file: &impl WriteAt,
    mut buffers: &mut [IoSlice<'_>],
    mut offset: u64,
) -> io::Result<()> {
    IoSlice::advance_slices(&mut buffers, 0);
    while !buffers.is_empty() {
        match file.write_at(buffers, offset) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => {
                IoSlice::advance_slices(&mut buffers, written);
                offset += written as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Takes everything and keeps nothing: for whoever only verifies.
#[derive(Debug)]
pub(crate) struct Nowhere;

impl WriteAt for Nowhere {
    fn write_at(&self, buffers: &[IoSlice<'_>], _: u64) -> io::Result<usize> {
        Ok(buffers.iter().map(|buffer| buffer.len()).sum())
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

// One call for all slots of a leaf: sixteen cost up to a fifth of the time of copying.
#[cfg(target_os = "linux")]
impl ReadAt for File {
    fn read_at(&self, buffers: &mut [IoSliceMut<'_>], offset: u64) -> io::Result<usize> {
        Ok(rustix::io::preadv(self, buffers, offset)?)
    }
}

#[cfg(target_os = "linux")]
impl WriteAt for File {
    fn write_at(&self, buffers: &[IoSlice<'_>], offset: u64) -> io::Result<usize> {
        Ok(rustix::io::pwritev(self, buffers, offset)?)
    }

    fn flush(&self) -> io::Result<()> {
        self.sync_data()
    }
}

#[cfg(not(target_os = "linux"))]
impl ReadAt for File {
    fn read_at(&self, buffers: &mut [IoSliceMut<'_>], offset: u64) -> io::Result<usize> {
        #[cfg(unix)]
        use std::os::unix::fs::FileExt as _;
        #[cfg(windows)]
        use std::os::windows::fs::FileExt as _;
        let Some(buffer) = buffers.iter_mut().find(|buffer| !buffer.is_empty()) else {
            return Ok(0);
        };
        #[cfg(unix)]
        return self.read_at(buffer, offset);
        #[cfg(windows)]
        return self.seek_read(buffer, offset);
    }
}

#[cfg(not(target_os = "linux"))]
impl WriteAt for File {
    fn write_at(&self, buffers: &[IoSlice<'_>], offset: u64) -> io::Result<usize> {
        #[cfg(unix)]
        use std::os::unix::fs::FileExt as _;
        #[cfg(windows)]
        use std::os::windows::fs::FileExt as _;
        let Some(buffer) = buffers.iter().find(|buffer| !buffer.is_empty()) else {
            return Ok(0);
        };
        #[cfg(unix)]
        return self.write_at(buffer, offset);
        #[cfg(windows)]
        return self.seek_write(buffer, offset);
    }

    fn flush(&self) -> io::Result<()> {
        self.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Gives and takes three bytes at a time, and is interrupted before each.
    struct Halting {
        bytes: Mutex<Vec<u8>>,
        is_ready: Mutex<bool>,
    }

    impl Halting {
        fn of(bytes: &[u8]) -> Self {
            Self {
                bytes: Mutex::new(bytes.to_vec()),
                is_ready: Mutex::new(false),
            }
        }

        fn halt(&self) -> io::Result<()> {
            let mut is_ready = self.is_ready.lock().unwrap();
            *is_ready = !*is_ready;
            if *is_ready {
                Err(ErrorKind::Interrupted.into())
            } else {
                Ok(())
            }
        }
    }

    impl ReadAt for Halting {
        fn read_at(&self, buffers: &mut [IoSliceMut<'_>], offset: u64) -> io::Result<usize> {
            self.halt()?;
            let buffer = &mut buffers[0];
            let bytes = self.bytes.lock().unwrap();
            let rest = bytes.get(offset as usize..).unwrap_or_default();
            let taken = rest.len().min(buffer.len()).min(3);
            buffer[..taken].copy_from_slice(&rest[..taken]);
            Ok(taken)
        }
    }

    impl WriteAt for Halting {
        fn write_at(&self, buffers: &[IoSlice<'_>], offset: u64) -> io::Result<usize> {
            self.halt()?;
            let bytes = &buffers[0];
            let taken = bytes.len().min(3);
            let mut all = self.bytes.lock().unwrap();
            let end = offset as usize + taken;
            let length = all.len().max(end);
            all.resize(length, 0);
            all[offset as usize..end].copy_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn short_and_interrupted_calls_are_gone_on_with() {
        let file = Halting::of(b"0123456789");
        let (mut one, mut two) = ([0; 5], [0; 3]);
        let mut read = |offset| {
            let mut buffers = [&mut [][..], &mut one[..], &mut two[..]].map(IoSliceMut::new);
            let read = read_full_at(&file, &mut buffers, offset).unwrap();
            (read, one.to_vec(), two.to_vec())
        };
        assert_eq!(read(1), (8, b"12345".to_vec(), b"678".to_vec()));
        assert_eq!(read(4), (6, b"45678".to_vec(), b"978".to_vec()));
        assert_eq!(read(99).0, 0);
        let mut buffers = [&b"abcd"[..], b"", b"efgh"].map(IoSlice::new);
        write_all_at(&file, &mut buffers, 5).unwrap();
        assert_eq!(*file.bytes.lock().unwrap(), b"01234abcdefgh");
    }

    #[test]
    fn a_file_takes_and_gives_several_buffers_at_a_place() {
        let file = tempfile::tempfile().unwrap();
        let mut buffers = [&b"abcd"[..], b"", b"efgh"].map(IoSlice::new);
        write_all_at(&file, &mut buffers, 3).unwrap();
        file.flush().unwrap();
        let (mut one, mut two) = ([9; 6], [9; 9]);
        let mut buffers = [&mut one[..], &mut two[..]].map(IoSliceMut::new);
        assert_eq!(read_full_at(&file, &mut buffers, 0).unwrap(), 11);
        assert_eq!(&one, b"\0\0\0abc");
        assert_eq!(&two, b"defgh\x09\x09\x09\x09");
    }

    #[test]
    fn nothing_written_is_an_error() {
        struct Full;
        impl WriteAt for Full {
            fn write_at(&self, _: &[IoSlice<'_>], _: u64) -> io::Result<usize> {
                Ok(0)
            }

            fn flush(&self) -> io::Result<()> {
                Ok(())
            }
        }
        assert_eq!(
            write_all_at(&Full, &mut [IoSlice::new(b"x")], 0)
                .unwrap_err()
                .kind(),
            ErrorKind::WriteZero
        );
    }
}
