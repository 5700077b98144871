//! Stopped half way: the source is untouched and nothing half done is left behind.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::stage::{PROGRAM, Stage, signal, succeed};

/// Begins to protect a pipe that stops half way, so that the program is certainly in the middle of its work.
fn protect_half_a_pipe(stage: &Stage) -> (Child, std::process::ChildStdin) {
    let mut command = stage.command("janet", PROGRAM);
    command
        .args(["protect", "-", "--level", "only-me", "-o", "half.clausa"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(&vec![b'x'; 5 << 20]).unwrap();
    (child, pipe)
}

fn names(stage: &Stage) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(stage.path("files"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// SEC-54: killed, the program cannot clean up, so there must be nothing to clean up.
#[test]
fn a_killed_process_leaves_nothing() {
    let stage = Stage::start();
    stage.sign_up("janet@contoso.example");
    let before = names(&stage);
    let (mut child, pipe) = protect_half_a_pipe(&stage);
    signal(&child, "KILL");
    child.wait().unwrap();
    drop(pipe);
    assert_eq!(names(&stage), before);
}

#[test]
fn a_stopped_process_says_so_and_leaves_nothing() {
    let stage = Stage::start();
    stage.sign_up("janet@contoso.example");
    let before = names(&stage);
    for name in ["INT", "TERM"] {
        let (child, mut pipe) = protect_half_a_pipe(&stage);
        signal(&child, name);
        std::thread::sleep(Duration::from_millis(100));
        // It may be waiting for more input, or be gone already.
        let _ = pipe.write_all(&vec![b'x'; 2 << 20]);
        drop(pipe);
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(130), "{name}: {told}");
        assert!(
            told.contains("stopped; nothing half done was left behind"),
            "{name}: {told}"
        );
        assert_eq!(names(&stage), before, "{name}");
    }
}

/// Waiting for a person is given up at once.
#[test]
fn a_question_can_be_given_up() {
    let stage = Stage::start();
    stage.sign_up("janet@contoso.example");
    let mut command = stage.command("tablet", PROGRAM);
    command.args(["--authority", stage.origin(), "login", "janet@contoso.example"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Held open: waiting for a child closes its standard input, and that would be an answer.
    let _answers = child.stdin.take();
    let mut told = String::new();
    let mut words = BufReader::new(child.stderr.take().unwrap());
    while !told.contains("a mail with a code is on its way") {
        assert!(words.read_line(&mut told).unwrap() > 0, "it ended: {told}");
    }
    signal(&child, "INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

/// The demonstration's folder is there to be looked at, but not when nobody saw the end.
#[test]
fn an_interrupted_demonstration_leaves_nothing() {
    let stage = Stage::start();
    for delay in [30, 150, 400] {
        let mut command = stage.command("judge", PROGRAM);
        let mut child = command
            .arg("demo")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        signal(&child, "INT");
        let code = child.wait().unwrap().code();
        let left = std::fs::read_dir(stage.path("tmp")).unwrap().count();
        // The first moments belong to the system: the signal may come before the program listens.
        match code {
            Some(0) => std::fs::remove_dir_all(stage.path("tmp"))
                .and_then(|()| std::fs::create_dir(stage.path("tmp")))
                .unwrap(),
            _ => assert_eq!(left, 0, "after {delay} ms, {code:?}"),
        }
    }
}

/// SEC-54: killed while content is being written out in clear, at many moments.
#[test]
fn a_killed_unprotect_leaves_no_plaintext() {
    let stage = Stage::start();
    stage.sign_up("janet@contoso.example");
    std::fs::write(stage.file("large.bin"), vec![b'p'; 24 << 20]).unwrap();
    succeed(stage.run("janet", &["protect", "large.bin", "--level", "only-me"]));
    std::fs::remove_file(stage.file("large.bin")).unwrap();
    let protected = std::fs::read(stage.file("large.bin.clausa")).unwrap();
    let before = names(&stage);
    for delay in [0, 20, 60, 120, 200, 300, 450] {
        let mut command = stage.command("janet", PROGRAM);
        command.args(["unprotect", "large.bin.clausa", "-o", "out.bin"]);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        signal_if_running(&mut child);
        child.wait().unwrap();
        if let Ok(whole) = std::fs::read(stage.file("out.bin")) {
            assert_eq!(whole.len(), 24 << 20, "the output is whole or not there");
            std::fs::remove_file(stage.file("out.bin")).unwrap();
        }
        assert_eq!(names(&stage), before, "after {delay} ms");
        assert!(
            std::fs::read(stage.file("large.bin.clausa")).unwrap() == protected,
            "the source is untouched"
        );
    }
}

fn signal_if_running(child: &mut Child) {
    if child.try_wait().unwrap().is_none() {
        child.kill().unwrap();
    }
}
