//! Hands a document to a viewer that the person chose.
//!
//! The viewer gets the document on its standard input or, when its command holds `{}`, as a file in a private folder
//! (0700, the file 0600) that is removed when the viewer ends. The folder stands in the user's runtime directory where
//! there is one, which is memory and not disk. A folder that a killed process left behind is removed by the next call.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome};
use crate::stop::Stop;

/// What stands for the file's name in a viewer's command.
const PLACE: &str = "{}";
const FOLDER_PREFIX: &str = "clausa-view-";
/// Locked while its folder is in use.
const LOCK_NAME: &str = "lock";
/// Longest extension that is given to the viewer's file.
const MAX_EXTENSION: usize = 16;

/// A viewer's command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    words: Vec<String>,
}

impl Viewer {
    /// Reads `--viewer`: a program and its arguments, divided by blanks. No shell is involved.
    pub fn parse(text: &str) -> Result<Self, String> {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        match words.first() {
            None => Err("the viewer's command is empty".to_owned()),
            Some(program) if program == PLACE => {
                Err("the viewer's command begins with its program".to_owned())
            }
            Some(_) => Ok(Self { words }),
        }
    }

    /// Shows the document and waits for the viewer to end.
    pub fn show(&self, document: &mut (impl Read + Send), name: Option<&str>, stop: &Stop) -> Outcome {
        sweep(&base_folder());
        let status = if self.words.iter().any(|word| word.contains(PLACE)) {
            let folder =
                PrivateFolder::make().map_err(|error| Failure::from_write(&error, "the viewer's copy"))?;
            let path = folder.path.join(file_name(name));
            folder.fill(&path, &mut stop.reader(document))?;
            self.wait(self.start(Some(&path), Stdio::null())?, stop)?
        } else {
            self.feed(document, stop)?
        };
        if stop.asked() {
            return Err(Failure::interrupted());
        }
        if status.success() {
            return Ok(());
        }
        let what = format!("the viewer `{}` ended with {status}", self.words[0]);
        Err(Failure::new(Kind::ViewerFailed, what))
    }

    /// Gives the document on the viewer's standard input. A viewer that stops reading early is content with what it got.
    fn feed(&self, document: &mut (impl Read + Send), stop: &Stop) -> Outcome<ExitStatus> {
        let mut child = self.start(None, Stdio::piped())?;
        let (input, mut document) = (child.stdin.take(), stop.reader(document));
        std::thread::scope(|scope| {
            let feeder = scope.spawn(move || match input {
                Some(mut input) => io::copy(&mut document, &mut input).map(drop),
                None => Ok(()),
            });
            let status = self.wait(child, stop)?;
            match feeder.join() {
                Ok(Err(error)) if error.kind() != io::ErrorKind::BrokenPipe => {
                    Err(Failure::from_document(&error))
                }
                _ => Ok(status),
            }
        })
    }

    /// Waits for the viewer; ends it when the process is told to stop.
    fn wait(&self, mut child: Child, stop: &Stop) -> Outcome<ExitStatus> {
        // A viewer runs for seconds to hours: looking a few times a second costs nothing that could be measured.
        const LOOK_EVERY: Duration = Duration::from_millis(30);
        let lost = |error: io::Error| {
            Failure::new(
                Kind::ViewerFailed,
                format!("the viewer `{}` was lost: {error}", self.words[0]),
            )
        };
        loop {
            if let Some(status) = child.try_wait().map_err(lost)? {
                return Ok(status);
            }
            if stop.asked() {
                child.kill().map_err(lost)?;
                return child.wait().map_err(lost);
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    fn start(&self, file: Option<&Path>, input: Stdio) -> Outcome<Child> {
        let mut command = Command::new(&self.words[0]);
        for word in &self.words[1..] {
            match file {
                Some(path) => command.arg(word.replace(PLACE, &path.to_string_lossy())),
                None => command.arg(word),
            };
        }
        command.stdin(input).spawn().map_err(|error| {
            Failure::new(
                Kind::ViewerFailed,
                format!(
                    "the viewer `{}` cannot be started: {}",
                    self.words[0],
                    crate::failure::reason(&error)
                ),
            )
        })
    }
}

/// Only the extension of the inner name is kept: a viewer needs it to know the type, and names appear in process lists.
fn file_name(inner: Option<&str>) -> String {
    let extension = inner
        .and_then(|name| name.rsplit_once('.'))
        .map(|(_, extension)| extension)
        .filter(|e| (1..=MAX_EXTENSION).contains(&e.len()) && e.chars().all(|c| c.is_ascii_alphanumeric()));
    extension.map_or_else(
        || "document".to_owned(),
        |extension| format!("document.{extension}"),
    )
}

/// Where private folders stand: memory rather than disk where the system offers it.
fn base_folder() -> PathBuf {
    std::env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|p| p.is_dir())
        .unwrap_or_else(std::env::temp_dir)
}

/// A folder that goes away with this value.
struct PrivateFolder {
    path: PathBuf,
    _folder: tempfile::TempDir,
    _lock: File,
}

impl PrivateFolder {
    fn make() -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(FOLDER_PREFIX);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            builder.permissions(fs::Permissions::from_mode(0o700));
        }
        let folder = builder.tempdir_in(base_folder())?;
        let lock = File::create_new(folder.path().join(LOCK_NAME))?;
        lock.lock()?;
        Ok(Self {
            path: folder.path().to_owned(),
            _folder: folder,
            _lock: lock,
        })
    }

    fn fill(&self, path: &Path, document: &mut impl Read) -> Outcome {
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let copy = options
            .open(path)
            .and_then(|mut file| io::copy(document, &mut file));
        copy.map(drop).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => Failure::from_document(&error),
            _ if crate::stop::is_stopped(&error) => Failure::interrupted(),
            _ => Failure::from_write(&error, "the viewer's copy"),
        })
    }
}

/// Removes folders whose process has been killed: their lock is free.
fn sweep(base: &Path) {
    let Ok(entries) = fs::read_dir(base) else { return };
    for entry in entries.flatten() {
        if !entry.file_name().to_string_lossy().starts_with(FOLDER_PREFIX) {
            continue;
        }
        let abandoned = File::open(entry.path().join(LOCK_NAME)).is_ok_and(|lock| lock.try_lock().is_ok());
        if abandoned {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FOLDER_PREFIX, LOCK_NAME, PrivateFolder, Viewer, file_name, sweep};
    use crate::exit_codes::Kind;
    use crate::stop::Stop;

    #[test]
    fn only_a_plain_extension_is_kept() {
        assert_eq!(file_name(Some("offer.final.pdf")), "document.pdf");
        assert_eq!(file_name(Some("x.$(reboot)")), "document");
        assert_eq!(file_name(Some("no extension")), "document");
        assert_eq!(file_name(None), "document");
    }

    #[cfg(unix)]
    #[test]
    fn the_viewer_gets_the_bytes_and_nothing_is_left() {
        let target = tempfile::tempdir().unwrap();
        let seen = target.path().join("seen");
        let viewer = Viewer::parse(&format!("cp {{}} {}", seen.display())).unwrap();
        viewer
            .show(&mut &b"sealed"[..], Some("a.txt"), &Stop::default())
            .unwrap();
        assert_eq!(std::fs::read(&seen).unwrap(), b"sealed");

        let viewer = Viewer::parse(&format!("dd status=none of={}", seen.display())).unwrap();
        viewer.show(&mut &b"by pipe"[..], None, &Stop::default()).unwrap();
        assert_eq!(std::fs::read(&seen).unwrap(), b"by pipe");
    }

    #[cfg(unix)]
    #[test]
    fn a_viewer_that_fails_or_is_missing_is_reported() {
        let document = || &b"x"[..];
        let failing = Viewer::parse("false").unwrap();
        let failure = failing.show(&mut document(), None, &Stop::default()).unwrap_err();
        assert_eq!(failure.kind(), Kind::ViewerFailed);
        let missing = Viewer::parse("/nowhere/viewer {}").unwrap();
        let failure = missing.show(&mut document(), None, &Stop::default()).unwrap_err();
        assert_eq!(
            failure.what(),
            "the viewer `/nowhere/viewer` cannot be started: there is no such file"
        );
    }

    #[cfg(unix)]
    #[test]
    fn the_folder_is_private_and_abandoned_ones_are_swept() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = PrivateFolder::make().unwrap();
        assert_eq!(
            folder.path.metadata().unwrap().permissions().mode() & 0o777,
            0o700
        );

        let base = tempfile::tempdir().unwrap();
        let dead = base.path().join(format!("{FOLDER_PREFIX}dead"));
        std::fs::create_dir(&dead).unwrap();
        std::fs::write(dead.join(LOCK_NAME), b"").unwrap();
        let alive = base.path().join(format!("{FOLDER_PREFIX}alive"));
        std::fs::create_dir(&alive).unwrap();
        let lock = std::fs::File::create(alive.join(LOCK_NAME)).unwrap();
        lock.lock().unwrap();
        sweep(base.path());
        assert!(!dead.exists());
        assert!(alive.exists());
    }

    #[test]
    fn an_empty_command_is_refused() {
        assert!(Viewer::parse("  ").is_err());
        assert!(Viewer::parse("{}").is_err());
    }
}
