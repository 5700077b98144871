//! Secrets never stand where other users of the machine can see them (SEC-58).

use std::io::Write as _;
use std::process::Stdio;

use crate::stage::{PROGRAM, Stage, succeed};

const PASSWORD: &str = "correct horse battery staple 4711";

/// Everything that `ps` can show of a process: its arguments and, to its own user, its environment.
#[cfg(target_os = "linux")]
fn visible(pid: u32) -> String {
    let read = |name: &str| std::fs::read(format!("/proc/{pid}/{name}")).unwrap_or_default();
    String::from_utf8_lossy(&[read("cmdline"), read("environ"), read("comm")].concat()).into_owned()
}

/// SEC-58
#[cfg(target_os = "linux")]
#[test]
fn codes_and_passwords_are_not_visible() {
    let stage = Stage::start();
    let address = "janet@contoso.example";
    succeed(stage.run(
        "janet",
        &["--authority", stage.origin(), "signup", address, "--no-wait"],
    ));
    let code = stage.code(address);
    watch(
        &stage,
        &["signup", "--resume", "--with-password"],
        &[&code, PASSWORD],
    );
    succeed(stage.run("janet", &["logout"]));
    watch(&stage, &["login", address, "--password"], &[PASSWORD]);
    let profile = std::fs::read_dir(stage.path("profiles/janet")).unwrap().flatten();
    for entry in profile.filter(|entry| entry.path().is_file()) {
        let text = String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()).into_owned();
        assert!(
            !text.contains(PASSWORD),
            "the password is kept in {:?}",
            entry.file_name()
        );
    }
}

/// Runs the program, types the secrets, and looks at it all the while.
#[cfg(target_os = "linux")]
fn watch(stage: &Stage, arguments: &[&str], secrets: &[&str]) {
    let mut command = stage.command("janet", PROGRAM);
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let pid = child.id();
    let mut looks = 0;
    let look = |looks: &mut u32| {
        let shown = visible(pid);
        *looks += u32::from(shown.contains("clausa"));
        assert!(
            secrets.iter().all(|secret| !shown.contains(secret)),
            "visible: {shown}"
        );
    };
    look(&mut looks);
    stdin.write_all((secrets.join("\n") + "\n").as_bytes()).unwrap();
    while child.try_wait().unwrap().is_none() {
        look(&mut looks);
    }
    assert!(looks > 0, "the process was never seen");
    succeed(child.wait_with_output().unwrap());
}
