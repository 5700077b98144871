//! Many outputs at once: one flush for all of them instead of one each.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::output::{folder_of, sync_folder};
use super::{Output, OutputError};

/// The folders of many outputs, held open from before the first is written.
///
/// That is what makes one flush of a whole file system enough: the system tells every failure to write that happened
/// since the folder was opened.
#[derive(Debug, Default)]
pub(crate) struct Folders {
    open: HashMap<PathBuf, Folder>,
    /// Devices of which everything was flushed.
    flushed: HashSet<u64>,
    /// What came of flushing the names in a folder.
    named: HashMap<PathBuf, io::Result<()>>,
}

#[derive(Debug)]
struct Folder {
    file: File,
    device: u64,
}

/// For fewer files than this, flushing each is less work than flushing all that the machine has not written yet.
const FEW: usize = 8;

impl Folders {
    /// Opens the folders of these targets. One that cannot be opened is left out: its files are flushed one by one.
    pub(crate) fn of<'a>(targets: impl Iterator<Item = &'a Path>) -> Self {
        let mut folders = Self::default();
        for folder in targets.map(folder_of) {
            if !folders.open.contains_key(folder)
                && let Ok(file) = File::open(folder)
                && let Ok(device) = device_of(&file)
            {
                folders.open.insert(folder.to_owned(), Folder { file, device });
            }
        }
        folders
    }

    /// Flushes the contents of these outputs, as far as that can be done for all of them at once.
    pub(crate) fn flush_together<'a>(&mut self, outputs: impl Iterator<Item = &'a Output>) {
        let mut devices: HashMap<u64, (usize, &Folder)> = HashMap::new();
        for folder in outputs.filter_map(|output| self.folder(output)) {
            devices.entry(folder.device).or_insert((0, folder)).0 += 1;
        }
        // After a failure each file is flushed by itself, and says how that went.
        let flushed = devices
            .into_iter()
            .filter(|(_, (count, folder))| *count >= FEW && flush_file_system(&folder.file).is_ok());
        self.flushed = flushed.map(|(device, _)| device).collect();
    }

    /// As [`Output::flush_to_disk`], with nothing left to do after [`flush_together`](Self::flush_together).
    pub(crate) fn flush(&self, output: &mut Output) -> Result<(), OutputError> {
        match self.folder(output) {
            Some(folder) if self.flushed.contains(&folder.device) => Ok(()),
            _ => output.flush_to_disk(),
        }
    }

    /// Makes a name last through a power cut, and with it all names that were given in its folder before.
    pub(crate) fn flush_name(&mut self, path: &Path) -> io::Result<()> {
        // Standard output lies nowhere.
        if path == Path::new("-") {
            return Ok(());
        }
        let folder = folder_of(path);
        if !self.named.contains_key(folder) {
            let flushed = match self.open.get(folder) {
                Some(open) => open.file.sync_all(),
                None => sync_folder(folder),
            };
            self.named.insert(folder.to_owned(), flushed);
        }
        match self.named.get(folder) {
            Some(Err(error)) => Err(same(error)),
            _ => Ok(()),
        }
    }

    fn folder(&self, output: &Output) -> Option<&Folder> {
        match output {
            Output::File(_) => self.open.get(folder_of(output.path())),
            Output::Standard(_) => None,
        }
    }
}

/// The same error once more: it strikes every file of a folder.
fn same(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => error.kind().into(),
    }
}

#[cfg(unix)]
fn device_of(file: &File) -> io::Result<u64> {
    Ok(std::os::unix::fs::MetadataExt::dev(&file.metadata()?))
}

#[cfg(not(unix))]
fn device_of(_: &File) -> io::Result<u64> {
    Ok(0)
}

/// Flushes everything of the file system that `folder` is on.
#[cfg(target_os = "linux")]
fn flush_file_system(folder: &File) -> io::Result<()> {
    // Older kernels do not tell of failures here: syncfs(2), since Linux 5.8.
    static TELLS_FAILURES: std::sync::LazyLock<bool> = std::sync::LazyLock::new(|| {
        let release = rustix::system::uname().release().to_string_lossy().into_owned();
        let mut numbers = release
            .split(['.', '-'])
            .map_while(|part| part.parse::<u32>().ok());
        (numbers.next(), numbers.next()) >= (Some(5), Some(8))
    });
    if !*TELLS_FAILURES {
        return Err(io::ErrorKind::Unsupported.into());
    }
    Ok(rustix::fs::syncfs(folder)?)
}

#[cfg(not(target_os = "linux"))]
fn flush_file_system(_: &File) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
