//! Pipes: in, out, and closed by whoever reads.

use std::process::{Output, Stdio};

use crate::stage::{PROGRAM, Stage, succeed};

/// Runs the program with a standard output that nobody reads.
fn run_into_closed_pipe(stage: &Stage, arguments: &[&str]) -> Output {
    let mut command = stage.command("janet", PROGRAM);
    command
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    child.wait_with_output().unwrap()
}

/// A reader that has seen enough is no failure (`clausa log | head`).
#[test]
fn a_closed_pipe_is_success() {
    let stage = Stage::start();
    stage.sign_up("janet@contoso.example");
    let large = vec![b'x'; 3 << 20];
    std::fs::write(stage.file("large.bin"), &large).unwrap();
    succeed(stage.run("janet", &["protect", "large.bin", "--level", "only-me"]));
    for arguments in [
        &["log"][..],
        &["--json", "log"],
        &["templates"],
        &["reference"],
        &["completions", "bash"],
        &["help"],
        &["unprotect", "large.bin.clausa", "-o", "-"],
        &["protect", "large.bin", "--level", "only-me", "-o", "-"],
    ] {
        let output = run_into_closed_pipe(&stage, arguments);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {told}");
        assert!(!told.contains("error"), "{arguments:?}: {told}");
    }
}

/// The bytes that come out of the pipe are those that went in.
#[test]
fn a_pipe_carries_any_bytes_both_ways() {
    let stage = Stage::start();
    stage.sign_up("janet@contoso.example");
    for length in [0, 1, 65_536, 1 << 20, (1 << 20) + 1, 3_333_333] {
        let content: Vec<u8> = (0..length)
            .map(|n: u32| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        let output = stage.run_with_input("janet", &["protect", "-", "--level", "only-me"], &content);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let protected = output.stdout;
        assert!(protected.starts_with(b"\x89CLS"));
        let output = stage.run_with_input("janet", &["unprotect", "-"], &protected);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(output.stdout == content, "{length} bytes");
    }
}
