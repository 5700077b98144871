//! Files without a name (`O_TMPFILE`): they vanish with the process, however it ends.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::sync::LazyLock;

use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, open};
use rustix::io::{Errno, retry_on_intr};

/// Makes a file without a name in `folder`, for its user alone; `None` where the file system has no such files.
pub(super) fn create(folder: &Path) -> io::Result<Option<File>> {
    // A file can be named afterwards only through this folder.
    static NAMES: LazyLock<bool> = LazyLock::new(|| Path::new("/proc/self/fd").exists());
    if !*NAMES {
        return Ok(None);
    }
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    match retry_on_intr(|| open(folder, flags, Mode::RUSR | Mode::WUSR)) {
        Ok(file) => Ok(Some(file.into())),
        // What kernels and file systems say that do not know the flag.
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Gives the file its name. It fails when the name is taken: nothing is ever replaced.
pub(super) fn name(file: &File, path: &Path) -> io::Result<()> {
    let own = format!("/proc/self/fd/{}", file.as_raw_fd());
    Ok(linkat(CWD, own, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}
