//! Editing that is ended from outside: killed, stopped, or left alone while another command runs.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::stage::{PROGRAM, Stage, signal, succeed};

/// An editor that changes the text, says so, and stays.
const EDITOR: &str =
    "sh -c 'echo changed >> \"$1\"; echo \"$1\" > ../tmp/place; exec sleep 600 2> ../tmp/said' sh";

fn stage() -> Stage {
    let stage = Stage::start();
    stage.sign_up("janet@contoso.example");
    succeed(stage.run("janet", &["protect", "letter.md", "--level", "only-me"]));
    stage
}

/// Begins to edit, with these variables, and waits until the text is there and changed.
fn begin(stage: &Stage, variables: &[(&str, &Path)]) -> (Child, PathBuf) {
    let _ = std::fs::remove_file(stage.path("tmp/place"));
    let mut command = stage.command("janet", PROGRAM);
    // Its own group, as a terminal would give it one, so that the editor can be ended with it.
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let child = command
        .args(["edit", "letter.md.clausa", "--editor", EDITOR])
        .envs(variables.iter().copied())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    (child, place(stage))
}

/// Where the editor says that the text is.
fn place(stage: &Stage) -> PathBuf {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(60) {
        let said = std::fs::read_to_string(stage.path("tmp/place")).unwrap_or_default();
        if let Some(place) = said.strip_suffix('\n') {
            return place.into();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("the editor did not start")
}

/// Ends what the editor's shell has left running.
fn end_group(child: &Child) {
    let group = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
}

fn is_protected(stage: &Stage) -> Vec<u8> {
    std::fs::read(stage.file("letter.md.clausa")).unwrap()
}

/// SEC-131: killed while the editor runs, the program cannot clean up; the next command does, and not before the session is
/// dead.
#[test]
fn the_next_command_removes_what_a_killed_one_left_and_leaves_a_living_one_alone() {
    let stage = stage();
    let before = is_protected(&stage);
    let (mut child, text) = begin(&stage, &[]);
    succeed(stage.run("janet", &["inspect", "letter.md.clausa"]));
    assert!(text.exists(), "the session lives");
    signal(&child, "KILL");
    child.wait().unwrap();
    assert!(text.exists(), "nobody was there to remove it");
    succeed(stage.run("janet", &["inspect", "letter.md.clausa"]));
    assert!(!text.parent().unwrap().exists());
    assert_eq!(left(&stage.path("profiles/janet/editing")), Vec::<String>::new());
    assert_eq!(is_protected(&stage), before);
    end_group(&child);
}

/// SEC-131: told to stop, it removes the text and keeps the work.
#[test]
fn a_stopped_session_keeps_the_work_and_no_text_in_clear() {
    let stage = stage();
    let before = is_protected(&stage);
    let (child, text) = begin(&stage, &[]);
    signal(&child, "INT");
    std::thread::sleep(Duration::from_millis(300));
    assert!(text.exists(), "Ctrl-C is the editor's");
    signal(&child, "TERM");
    let id = child.id();
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(130), "{told}");
    assert!(told.contains("clausa open letter.md.unsaved.clausa"), "{told}");
    assert!(!text.parent().unwrap().exists());
    assert_eq!(is_protected(&stage), before);
    let output = stage.run("janet", &["unprotect", "letter.md.unsaved.clausa", "-o", "-"]);
    let kept = String::from_utf8(output.stdout).unwrap();
    assert!(kept.ends_with("changed\n") && kept.len() > 500, "{kept}");
    let group = rustix::process::Pid::from_raw(i32::try_from(id).unwrap()).unwrap();
    let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
}

/// SEC-131: the user's runtime directory is used where it is private, and swept from a session that has none.
#[test]
fn the_text_stands_in_memory_where_there_is_some() {
    use std::os::unix::fs::PermissionsExt as _;
    let stage = stage();
    let runtime = stage.path("runtime");
    std::fs::create_dir(&runtime).unwrap();
    for (mode, private) in [(0o700, true), (0o755, false)] {
        std::fs::set_permissions(&runtime, std::fs::Permissions::from_mode(mode)).unwrap();
        let (mut child, text) = begin(&stage, &[("XDG_RUNTIME_DIR", &runtime)]);
        assert_eq!(text.starts_with(&runtime), private, "{}", text.display());
        signal(&child, "KILL");
        child.wait().unwrap();
        end_group(&child);
        // Without XDG_RUNTIME_DIR: the record leads there.
        succeed(stage.run("janet", &["inspect", "letter.md.clausa"]));
        assert!(!text.exists());
        assert_eq!(left(&runtime), Vec::<String>::new());
    }
}

fn left(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect()
}
