//! What is generated is checked in, and is what the program generates.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::stage::PROGRAM;

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

/// Compares, or writes with `UPDATE=1`.
fn same_or_update(path: &Path, generated: &[u8]) {
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, generated).unwrap();
    }
    let kept = std::fs::read(path).unwrap_or_default();
    assert!(
        kept == generated,
        "{} is not what the program generates: UPDATE=1 cargo test -p clausa --test cli generated",
        path.display()
    );
}

#[test]
fn the_reference_is_current() {
    let output = Command::new(PROGRAM).arg("reference").output().unwrap();
    assert!(output.status.success());
    same_or_update(&docs().join("cli.md"), &output.stdout);
}

#[test]
fn the_manual_pages_are_current() {
    let folder = tempfile::tempdir().unwrap();
    assert!(
        Command::new(PROGRAM)
            .arg("man")
            .arg(folder.path())
            .status()
            .unwrap()
            .success()
    );
    let mut generated: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    generated.sort();
    assert!(generated.len() > 15, "a page for every command");
    for name in &generated {
        let page = std::fs::read(folder.path().join(name)).unwrap();
        same_or_update(&docs().join("man").join(name), &page);
    }
    let mut kept: Vec<_> = std::fs::read_dir(docs().join("man"))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    kept.sort();
    assert_eq!(kept, generated, "a page without a command");
}

#[test]
fn completions_know_every_shell_and_command() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let output = Command::new(PROGRAM)
            .args(["completions", shell])
            .output()
            .unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        for command in ["unprotect", "signup", "templates"] {
            assert!(script.contains(command), "{shell} does not complete {command}");
        }
    }
}
