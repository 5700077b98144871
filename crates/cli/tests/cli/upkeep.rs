//! An authority's data backed up while people work, and brought back; a disk that is full; logs that keep quiet.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::stage::{PROGRAM, Stage, succeed};

/// Runs a command of the operator.
fn operator(arguments: &[&str], folders: &[&Path]) -> std::process::Output {
    let mut words = folders.iter();
    let filled = arguments.iter().map(|argument| match *argument {
        "{}" => words.next().unwrap().as_os_str().to_owned(),
        argument => argument.into(),
    });
    Command::new(PROGRAM).args(filled).output().unwrap()
}

/// SEC-153
#[test]
fn a_backup_taken_under_load_brings_everything_back() {
    let mut stage = Stage::start();
    stage.sign_up("janet@contoso.example");
    stage.sign_up("john@contoso.example");
    succeed(stage.run("janet", &["protect", "letter.md", "--template", "confidential"]));
    let (data, backup) = (stage.path("authority"), stage.path("backup"));
    let (done, rounds) = (AtomicBool::new(false), std::sync::atomic::AtomicU32::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                succeed(stage.run(
                    "janet",
                    &["protect", "costs.csv", "--template", "confidential", "--force"],
                ));
                succeed(stage.run("john", &["open", "letter.md.clausa", "--viewer", "true"]));
                rounds.fetch_add(1, Ordering::SeqCst);
            }
        });
        while rounds.load(Ordering::SeqCst) < 1 {
            std::thread::sleep(Duration::from_millis(10));
        }
        let told = operator(
            &["--json", "admin", "backup", "--data", "{}", "--to", "{}"],
            &[&data, &backup],
        );
        done.store(true, Ordering::SeqCst);
        let told: serde_json::Value = serde_json::from_str(&succeed(told)).unwrap();
        assert_eq!(told["problems"].as_array().unwrap().len(), 0, "{told}");
        assert!(told["log_entries"].as_u64().unwrap() > 3, "{told}");
    });
    let again = operator(
        &["admin", "backup", "--data", "{}", "--to", "{}"],
        &[&data, &backup],
    );
    assert_eq!(again.status.code(), Some(50), "nothing is written over");
    let used = operator(
        &["admin", "restore", "--from", "{}", "--data", "{}"],
        &[&backup, &data],
    );
    assert_eq!(used.status.code(), Some(50), "a folder in use is refused");

    stage.stop_authority();
    std::fs::rename(&data, stage.path("lost")).unwrap();
    succeed(operator(
        &["admin", "restore", "--from", "{}", "--data", "{}"],
        &[&backup, &data],
    ));
    stage.start_authority();
    let text = succeed(stage.run("john", &["open", "letter.md.clausa", "--viewer", "cat"]));
    let original = std::fs::read_to_string(stage.file("letter.md")).unwrap();
    assert!(text.contains(original.lines().next().unwrap()), "{text}");
    succeed(stage.run(
        "janet",
        &["protect", "quotation.pdf", "--template", "confidential"],
    ));
    succeed(operator(&["admin", "check", "--data", "{}"], &[&data]));
}

#[test]
fn a_backup_that_is_not_whole_is_not_restored() {
    let mut stage = Stage::start();
    stage.sign_up("janet@contoso.example");
    stage.stop_authority();
    let (data, backup, new) = (stage.path("authority"), stage.path("backup"), stage.path("new"));
    succeed(operator(
        &["admin", "backup", "--data", "{}", "--to", "{}"],
        &[&data, &backup],
    ));
    // The keys of another authority.
    std::fs::write(backup.join("keys/kek"), [7; 32]).unwrap();
    let told = operator(
        &["admin", "restore", "--from", "{}", "--data", "{}"],
        &[&backup, &new],
    );
    assert_eq!(told.status.code(), Some(37), "{told:?}");
    assert!(
        String::from_utf8_lossy(&told.stderr).contains("do not open"),
        "{told:?}"
    );
    let left: Vec<_> = std::fs::read_dir(stage.root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("new"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Starts the authority anew with its own log, at the finest level; a file that may not grow does not kill it.
#[cfg(target_os = "linux")]
fn start_watched(stage: &mut Stage, log: &Path) -> std::process::Child {
    stage.stop_authority();
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            "trap '' XFSZ; exec \"$0\" --quiet --json serve --data \"$1\"",
            PROGRAM,
        ])
        .arg(stage.path("authority"))
        .env("CLAUSA_LOG", "trace")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(File::create(log).unwrap());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(
        &mut std::io::BufReader::new(child.stdout.take().unwrap()),
        &mut line,
    )
    .unwrap();
    assert!(line.contains(stage.origin()), "{line}");
    child
}

#[cfg(target_os = "linux")]
fn stop(mut child: std::process::Child) {
    crate::stage::signal(&child, "TERM");
    assert!(child.wait().unwrap().success());
}

/// SEC-58: at the finest level, over everything that people do.
#[cfg(target_os = "linux")]
#[test]
fn logs_hold_no_key_token_code_address_or_file_name() {
    const PASSWORD: &str = "correct horse battery staple 4711";
    let mut stage = Stage::start();
    let log = stage.path("log");
    let child = start_watched(&mut stage, &log);
    let address = "janet@contoso.example";
    succeed(stage.run(
        "janet",
        &["--authority", stage.origin(), "signup", address, "--no-wait"],
    ));
    let code = stage.code(address);
    let typed = format!("{code}\n{PASSWORD}\n");
    succeed(stage.run_with_input(
        "janet",
        &["signup", "--resume", "--with-password"],
        typed.as_bytes(),
    ));
    stage.sign_up("john@tailspin.example");
    succeed(stage.run("janet", &["protect", "letter.md", "--template", "confidential"]));
    succeed(stage.run("janet", &["open", "letter.md.clausa", "--viewer", "true"]));
    stage.run("john", &["open", "letter.md.clausa", "--viewer", "true"]);
    succeed(stage.run("janet", &["log", "letter.md.clausa"]));
    succeed(stage.run("janet", &["revoke", "letter.md.clausa"]));
    succeed(stage.run("janet", &["logout"]));
    succeed(stage.run_with_input(
        "janet",
        &["login", address, "--password"],
        format!("{PASSWORD}\n").as_bytes(),
    ));
    stage.run_with_input(
        "janet",
        &["login", "john@tailspin.example", "--password"],
        b"wrong password, not his\n",
    );
    stop(child);

    let text = std::fs::read_to_string(&log).unwrap();
    let mut levels = std::collections::BTreeSet::new();
    for line in text.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("each line is JSON");
        levels.insert(line["level"].as_str().unwrap().to_owned());
    }
    assert!(levels.contains("TRACE") && levels.contains("INFO"), "{levels:?}");
    for told in ["/v1/licences", "issue licence", "\"status\":200"] {
        assert!(
            text.contains(told),
            "{told} is not logged: the log is not what it seems"
        );
    }
    let whole = text.to_lowercase();
    for secret in [
        "janet",
        "john",
        "contoso",
        "tailspin",
        "letter",
        "horse",
        "wrong password",
        code.as_str(),
    ] {
        assert!(!whole.contains(secret), "{secret} is logged");
    }
    // Tokens, keys and proofs are at least 32 bytes long in base64 or hexadecimal; a request's id is shorter.
    let long = regex::Regex::new("[A-Za-z0-9_-]{40,}").unwrap();
    assert_eq!(long.find(&text).map(|found| found.as_str()), None);
}

/// What a probe of this name is answered.
#[cfg(target_os = "linux")]
fn is_healthy(stage: &Stage, probe: &str) -> bool {
    use std::io::{Read as _, Write as _};
    let host = stage.origin().strip_prefix("http://").unwrap();
    let mut connection = std::net::TcpStream::connect(host).unwrap();
    write!(
        connection,
        "GET /health/{probe} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    match answer.split(' ').nth(1) {
        Some("204") => true,
        Some("503") => false,
        _ => panic!("{answer}"),
    }
}

/// An answer holds for a few seconds.
#[cfg(target_os = "linux")]
fn until(condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it never came");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// SEC-106: what cannot be recorded is refused, and goes on when there is space again, without a restart.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_refuses_clearly_and_loses_nothing() {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let mut stage = Stage::start();
    let log = stage.path("log");
    let child = start_watched(&mut stage, &log);
    stage.sign_up("janet@contoso.example");
    succeed(stage.run("janet", &["protect", "letter.md", "--template", "confidential"]));
    let entries = || {
        let told = succeed(operator(
            &["--json", "admin", "check", "--data", "{}"],
            &[&stage.path("authority")],
        ));
        serde_json::from_str::<serde_json::Value>(&told).unwrap()["log_entries"]
            .as_u64()
            .unwrap()
    };
    let before = entries();
    let allow = |bytes: Option<u64>| {
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
        prlimit(
            pid,
            Resource::Fsize,
            Rlimit {
                current: bytes,
                maximum: None,
            },
        )
        .unwrap();
    };
    assert!(is_healthy(&stage, "ready"));
    allow(Some(4096));
    until(|| !is_healthy(&stage, "ready"));
    assert!(is_healthy(&stage, "live"), "it runs, and goes on by itself");
    let begun = Instant::now();
    let refused = stage.run("janet", &["open", "letter.md.clausa", "--viewer", "true"]);
    assert_eq!(refused.status.code(), Some(31), "{refused:?}");
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("cannot write its records"), "{told}");
    assert!(begun.elapsed() < Duration::from_secs(60));
    assert_eq!(entries(), before, "nothing was recorded");
    allow(None);
    succeed(stage.run("janet", &["open", "letter.md.clausa", "--viewer", "true"]));
    assert!(entries() > before);
    until(|| is_healthy(&stage, "ready"));
    stop(child);
    stage.start_authority();
    succeed(stage.run("janet", &["open", "letter.md.clausa", "--viewer", "true"]));
}
