//! Every transcript of the folder is replayed: dropping a file in adds a test.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::stage::PROGRAM;
use crate::transcript;

/// Each has an authority of its own; more at once than this only makes them wait for each other.
const AT_ONCE: usize = 4;

#[test]
fn every_transcript_comes_out_as_written() {
    let transcripts = transcripts();
    let (next, failed) = (Mutex::new(transcripts.iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(path) = { next.lock().unwrap().next() } {
                    if let Err(panic) = std::panic::catch_unwind(|| transcript::replay(path)) {
                        let text = panic.downcast_ref::<String>().cloned().unwrap_or_default();
                        failed.lock().unwrap().push(format!("{}\n{text}", path.display()));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(
        failed.is_empty(),
        "{} of {} differ:\n{}",
        failed.len(),
        transcripts.len(),
        failed.join("\n\n")
    );
}

/// A command without a transcript is a command that nobody has looked at.
#[test]
fn every_command_has_a_transcript() {
    let help = std::process::Command::new(PROGRAM).arg("help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let commands: BTreeSet<String> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .filter(|name| name != "help")
        .collect();
    let written: BTreeSet<String> = transcripts()
        .iter()
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let missing: Vec<_> = commands.difference(&written).collect();
    assert!(
        commands.len() > 15,
        "the list of commands was not found in the help"
    );
    assert!(missing.is_empty(), "no transcript for {missing:?}");
}

fn transcripts() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    // For somebody who writes one: TRANSCRIPT=protect.
    if let Some(only) = std::env::var_os("TRANSCRIPT") {
        paths.retain(|path| path.file_stem() == Some(&only));
    }
    paths.sort();
    paths
}
