//! The library that injects faults, from the side of the tests.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What happens to the chosen call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails: no space is left.
    NoSpace,
    /// It and all after it that take space fail: the disk is full and stays full.
    Full,
    /// It fails: the device has an error.
    Device,
    /// It is interrupted by a signal.
    Interrupted,
    /// It writes half of what it was given.
    Short,
    /// The program is killed before it.
    KillBefore,
    /// The program is killed after it.
    KillAfter,
}

impl Fault {
    fn word(self) -> &'static str {
        match self {
            Self::NoSpace => "enospc",
            Self::Full => "full",
            Self::Device => "eio",
            Self::Interrupted => "eintr",
            Self::Short => "short",
            Self::KillBefore => "before",
            Self::KillAfter => "after",
        }
    }
}

/// One call that wrote, named, unnamed or flushed something.
#[derive(Debug, Clone)]
pub struct Call {
    pub name: String,
    /// What the program was told: a negative one is an error's number.
    pub result: i64,
    pub path: PathBuf,
    /// True when a fault was put in its place.
    pub failed: bool,
}

/// A run of the program under the library.
pub struct Run {
    pub output: Output,
    pub calls: Vec<Call>,
}

impl Run {
    /// The call that was failed; `None` when the run was over before.
    pub fn struck(&self) -> Option<&Call> {
        self.calls.iter().find(|call| call.failed)
    }
}

/// The compiled library.
pub struct Faults {
    library: PathBuf,
    report: PathBuf,
    _folder: tempfile::TempDir,
}

impl Faults {
    /// Compiles the library into a folder of its own.
    pub fn compile() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("clausa-faults-")
            .tempdir()
            .unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crash/faults.c");
        let library = folder.path().join("faults.so");
        let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
        let done = Command::new(&compiler)
            .args(["-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC", "-o"])
            .args([&library, &source])
            .output()
            .unwrap_or_else(|error| panic!("{compiler} cannot be started: {error}"));
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        Self {
            library,
            report: folder.path().join("report"),
            _folder: folder,
        }
    }

    /// Runs `command` with a fault at the call of this index among those below `under`, or without one.
    pub fn run(&self, mut command: Command, under: &Path, fault: Option<(Fault, usize)>) -> Run {
        let _ = std::fs::remove_file(&self.report);
        let plan = fault.map_or_else(String::new, |(fault, index)| format!("{}:{index}", fault.word()));
        let output = command
            .env("LD_PRELOAD", &self.library)
            .env("CLAUSA_FAULTS", plan)
            .env("CLAUSA_FAULTS_UNDER", under)
            .env("CLAUSA_FAULTS_REPORT", &self.report)
            .output()
            .unwrap();
        let report = std::fs::read_to_string(&self.report).expect("the library was loaded");
        let calls = report.lines().map(read_call).collect();
        Run { output, calls }
    }
}

/// `INDEX NAME RESULT PATH[ !KIND]`; paths of these tests have no line breaks.
fn read_call(line: &str) -> Call {
    let mut words = line.splitn(4, ' ').skip(1);
    let name = words.next().unwrap().to_owned();
    let result = words.next().unwrap().parse().unwrap();
    let (path, failed) = match words.next().unwrap().rsplit_once(" !") {
        Some((path, _)) => (path, true),
        None => (line.splitn(4, ' ').nth(3).unwrap(), false),
    };
    Call {
        name,
        result,
        path: path.into(),
        failed,
    }
}
