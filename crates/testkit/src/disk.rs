//! A PostgreSQL whose disk is full when a test says so.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::{PostgresServer, TestDatabase};

/// A server of its own, and its disk.
pub struct TestDisk {
    server: &'static PostgresServer,
    full: PathBuf,
    log_full: PathBuf,
    _folder: TempDir,
}

impl TestDisk {
    /// A server on a disk with space; none without a PostgreSQL that can be started here.
    ///
    /// # Panics
    ///
    /// When there is no C compiler, or the server does not start.
    pub fn new() -> Option<Self> {
        let folder = TempDir::new().expect("a temporary folder can be made");
        // The server may run as somebody else.
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("it is ours");
        let library = folder.path().join("disk.so");
        build(&library);
        let (full, log_full) = (folder.path().join("full"), folder.path().join("log-full"));
        let server = PostgresServer::own_with(vec![
            ("LD_PRELOAD".into(), library.into()),
            ("CLAUSA_DISK_FULL".into(), full.clone().into()),
            ("CLAUSA_LOG_DISK_FULL".into(), log_full.clone().into()),
        ])?;
        Some(Self {
            server,
            full,
            log_full,
            _folder: folder,
        })
    }

    /// An empty database on it.
    pub fn database(&self) -> TestDatabase {
        self.server.database()
    }

    /// From now on no table can grow.
    ///
    /// # Panics
    ///
    /// When this machine's own disk is full.
    pub fn fill(&self) {
        std::fs::write(&self.full, []).expect("the folder is ours");
    }

    /// From now on the write-ahead log can have no new file, without which PostgreSQL stops.
    ///
    /// # Panics
    ///
    /// When this machine's own disk is full.
    pub fn fill_log(&self) {
        std::fs::write(&self.log_full, []).expect("the folder is ours");
    }

    /// There is space for the write-ahead log again, and somebody starts the server.
    ///
    /// # Panics
    ///
    /// When there was space before, or the server does not start.
    pub fn free_log(&self) {
        std::fs::remove_file(&self.log_full).expect("it was full");
        self.server.start_again();
    }

    /// There is space again.
    ///
    /// # Panics
    ///
    /// When it was not full.
    pub fn free(&self) {
        std::fs::remove_file(&self.full).expect("it was full");
    }
}

fn build(library: &Path) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/disk.c");
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let done = Command::new(&compiler)
        .args(["-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC", "-o"])
        .args([library, &source])
        .arg("-ldl")
        .output()
        .expect("a C compiler is there");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
