//! Mails as files: for a machine without a relay, and for trying things out.

use std::io;
use std::path::{Path, PathBuf};

use clausa_core::address::Address;

use super::DeliveryError;

/// A folder, readable by its owner alone, into which every mail is written as one `.eml` file.
#[derive(Clone, Debug)]
pub struct OutboxFolder {
    path: PathBuf,
}

impl OutboxFolder {
    /// Uses `path`, and makes it with mode 0700 when it is missing. The mails hold codes, so nobody else may read.
    ///
    /// # Errors
    ///
    /// The file system's.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        make_private_folder(&path)?;
        Ok(Self { path })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) async fn deliver(&self, to: &Address, encoded: &[u8]) -> Result<(), DeliveryError> {
        let folder = self.path.clone();
        let to = to.clone();
        let encoded = encoded.to_vec();
        let outcome = tokio::task::spawn_blocking(move || write_new(&folder, &to, &encoded)).await;
        outcome
            .map_err(|error| DeliveryError::Folder(io::Error::other(error)))?
            .map_err(DeliveryError::Folder)
    }
}

/// Most characters of the address in a file name: with number and ending it stays below the 255 bytes of a file system.
const MAX_NAME: usize = 200;

/// The first free number of four digits or more, and the address as far as it is a plain file name: sorted by name
/// is sorted by time.
fn write_new(folder: &Path, to: &Address, encoded: &[u8]) -> io::Result<()> {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '@') {
            c
        } else {
            '_'
        }
    };
    let name: String = to.as_str().chars().map(plain).take(MAX_NAME).collect();
    let mut number = std::fs::read_dir(folder)?.count() + 1;
    loop {
        match create_private(&folder.join(format!("{number:04}-{name}.eml"))) {
            Ok(mut file) => return io::Write::write_all(&mut file, encoded),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
    }
}

#[cfg(unix)]
fn make_private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn make_private_folder(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}

fn create_private(path: &Path) -> io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_mail_is_a_new_private_file() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = OutboxFolder::open(folder.path().join("outbox")).unwrap();
        let to: Address = "o'brien/x@contoso.example".parse().unwrap();
        outbox.deliver(&to, b"first").await.unwrap();
        outbox.deliver(&to, b"second").await.unwrap();
        let mut names: Vec<_> = std::fs::read_dir(outbox.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        assert_eq!(
            names,
            [
                "0001-o_brien_x@contoso.example.eml",
                "0002-o_brien_x@contoso.example.eml"
            ]
        );
        assert_eq!(std::fs::read(outbox.path().join(&names[1])).unwrap(), b"second");
        let domain = ["a", "b", "c"].map(|letter| letter.repeat(60)).join(".");
        let long: Address = format!("{}@{domain}.example", "x".repeat(60)).parse().unwrap();
        outbox.deliver(&long, b"third").await.unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(outbox.path()), 0o700);
            assert_eq!(mode(&outbox.path().join(&names[0])), 0o600);
        }
    }
}
