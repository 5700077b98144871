//! An authority that moves from SQLite to PostgreSQL and back, and everything that opens on the way.

use std::process::{Command, Output};

use clausa_testkit::TestDatabase;

use crate::stage::{PROGRAM, Stage, succeed};

fn operator(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Everything that was protected so far opens, and the logs are in order for a person and for the operator.
fn everything_is_there(stage: &Stage, files: &[&str], database: &[&str]) {
    for file in files {
        let protected = format!("{file}.clausa");
        for person in ["janet", "john"] {
            let text = succeed(stage.run(person, &["open", &protected, "--viewer", "cat"]));
            let original = std::fs::read_to_string(stage.file(file)).unwrap();
            assert!(text.contains(original.lines().next().unwrap()), "{text}");
        }
    }
    succeed(stage.run("janet", &["log", "verify"]));
    let data = stage.path("authority");
    let folder = ["--data", data.to_str().unwrap()];
    for command in [
        &["admin", "log", "verify"][..],
        &["admin", "check"],
        &["admin", "migrate"],
    ] {
        succeed(operator(&[command, &folder, database].concat()));
    }
    let settings = succeed(operator(&[&["--json", "config", "check"][..], &folder].concat()));
    assert!(settings.contains("\"ok\":true"), "{settings}");
}

#[test]
fn an_authority_moves_to_postgresql_and_back() {
    let (Some(database), Some(second)) = (TestDatabase::new(), TestDatabase::new()) else {
        return;
    };
    let (url, other) = (database.url(), second.url());
    let mut stage = Stage::start();
    let data = stage.path("authority");
    let data = data.to_str().unwrap();
    let files = ["letter.md", "costs.csv"];
    stage.sign_up("janet@contoso.example");
    stage.sign_up("john@contoso.example");
    for file in files {
        succeed(stage.run("janet", &["protect", file, "--template", "confidential"]));
    }
    everything_is_there(&stage, &files, &[]);

    let out = ["admin", "copy", "--from", data, "--to", &url];
    let running = operator(&out);
    assert_eq!(running.status.code(), Some(34), "{running:?}");
    assert!(told(&running).contains("stop it first"), "{running:?}");
    stage.stop_authority();
    let moved = succeed(operator(&out));
    assert!(
        moved.contains(&format!("clausa serve --data {data} --database {url}")),
        "{moved}"
    );
    let again = operator(&out);
    assert_eq!(again.status.code(), Some(50), "{again:?}");

    // The file is not what is served any more.
    std::fs::rename(stage.path("authority/authority.db"), stage.path("left.db")).unwrap();
    let server = ["--database", url.as_str()];
    stage.start_authority_with(&server);
    let settings = stage.path("authority/authority.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, format!("{text}\n[data]\ndatabase = \"{url}\"\n")).unwrap();
    everything_is_there(&stage, &files, &[]);
    everything_is_there(&stage, &files, &server);
    let late = operator(&["admin", "copy", "--from", &url, "--to", data]);
    assert_eq!(late.status.code(), Some(34), "{late:?}");
    assert!(told(&late).contains("stop them first"), "{late:?}");
    stage.sign_up("joan@contoso.example");

    // A backup of it, taken while it runs, is a folder like any other, and goes back into either.
    let (backup, restored) = (stage.path("backup"), stage.path("restored"));
    let (backup, restored) = (backup.to_str().unwrap(), restored.to_str().unwrap());
    succeed(operator(
        &[&["admin", "backup", "--data", data, "--to", backup], &server[..]].concat(),
    ));
    succeed(operator(&["admin", "check", "--data", backup]));
    let from = ["admin", "restore", "--from", backup, "--data", restored];
    succeed(operator(&[&from[..], &["--database", &other]].concat()));
    succeed(operator(&[
        "admin",
        "check",
        "--data",
        restored,
        "--database",
        &other,
    ]));
    assert!(!stage.path("restored/authority.db").exists());
    std::fs::remove_dir_all(restored).unwrap();
    let full = operator(&[&from[..], &["--database", &other]].concat());
    assert_eq!(full.status.code(), Some(50), "{full:?}");
    assert!(!stage.path("restored").exists(), "nothing half made is left");
    succeed(operator(&from));
    succeed(operator(&["admin", "check", "--data", restored]));

    stage.stop_authority();
    succeed(operator(&["admin", "copy", "--from", &url, "--to", data]));
    std::fs::write(&settings, text).unwrap();
    stage.start_authority();
    everything_is_there(&stage, &files, &[]);
    succeed(stage.run("joan", &["open", "letter.md.clausa", "--viewer", "true"]));
    succeed(stage.run(
        "joan",
        &["protect", "quotation.pdf", "--template", "confidential"],
    ));
}

/// What was killed in the middle of a copy says so, and is copied when asked again.
#[test]
fn a_killed_copy_is_not_served() {
    let Some(database) = TestDatabase::new() else {
        return;
    };
    let url = database.url();
    let mut stage = Stage::start();
    stage.sign_up("janet@contoso.example");
    stage.stop_authority();
    let (data, kek) = (stage.path("authority"), stage.path("authority/keys/kek"));
    let data = data.to_str().unwrap();
    let copy = ["admin", "copy", "--from", data, "--to", &url];
    // With a wrong key it fails at its end, and leaves the tables.
    let right = std::fs::read(&kek).unwrap();
    std::fs::write(&kek, [7; 32]).unwrap();
    let failed = operator(&copy);
    assert_eq!(failed.status.code(), Some(37), "{failed:?}");
    assert!(told(&failed).contains("do not open"), "{failed:?}");
    std::fs::write(&kek, right).unwrap();

    // Killed when it has written some of the rows, and waits for a table that somebody holds.
    let mut holder = psql_holding(&database, "LOCK TABLE tenants");
    let mut copying = Command::new(PROGRAM).args(copy).spawn().unwrap();
    let waiting = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT%' \
         AND datname = current_database()";
    let begun = std::time::Instant::now();
    while database.sql(waiting) != "1" {
        assert!(begun.elapsed().as_secs() < 60, "it never came so far");
        assert!(copying.try_wait().unwrap().is_none(), "it ended");
    }
    copying.kill().unwrap();
    copying.wait().unwrap();
    database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()");
    holder.wait().unwrap();

    let server = ["--data", data, "--database", &url];
    let served = operator(&[&["serve"][..], &server].concat());
    assert_eq!(served.status.code(), Some(34), "{served:?}");
    assert!(told(&served).contains("interrupted"), "{served:?}");
    let looked = operator(&[&["admin", "check"][..], &server].concat());
    assert!(told(&looked).contains("interrupted"), "{looked:?}");
    assert_eq!(database.sql("SELECT COUNT(*) FROM settings"), "0");
    succeed(operator(&copy));
    succeed(operator(&[&["admin", "check"][..], &server].concat()));
}

/// A session that does something and keeps its transaction open.
fn psql_holding(database: &TestDatabase, statement: &str) -> std::process::Child {
    let script = format!("BEGIN; {statement}; SELECT pg_sleep(120)");
    let child = database.background(&script);
    let begun = std::time::Instant::now();
    while database.sql(
        "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()",
    ) == "0"
    {
        assert!(begun.elapsed().as_secs() < 60, "nobody holds it");
    }
    child
}
