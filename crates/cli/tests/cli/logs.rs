//! Logs that cannot be rewritten unseen: verifying, forgetting, detaching, and what an attacker with the database in
//! his hands can do about it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use clausa_testkit::SeededRandom;
use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use crate::stage::{PROGRAM, Stage, succeed};

/// How many random changes are tried, unless `CLAUSA_CASES` says otherwise.
const CASES: usize = 40;
/// The exit code of a log that was rewritten.
const REWRITTEN: i32 = 36;

/// Janet and John of one organisation, mallory of another, and files opened by them.
fn stage_with_a_log(files: usize) -> Stage {
    let stage = Stage::start_with("publish_per_account = { burst = 5000, refill = 5000, seconds = 60 }\n");
    for address in [
        "janet@contoso.example",
        "john@contoso.example",
        "mallory@tailspin.example",
    ] {
        stage.sign_up(address);
    }
    let names: Vec<String> = (0..files).map(|number| format!("file-{number}.txt")).collect();
    for name in &names {
        std::fs::write(stage.file(name), name).unwrap();
    }
    let mut arguments = vec!["--quiet", "protect", "--template", "confidential-view-only"];
    arguments.extend(names.iter().map(String::as_str));
    succeed(stage.run("janet", &arguments));
    for name in names.iter().take(3) {
        open(&stage, "john", name);
        let refused = stage.run(
            "mallory",
            &["open", &format!("{name}.clausa"), "--viewer", "true"],
        );
        assert_eq!(refused.status.code(), Some(20));
    }
    stage
}

fn open(stage: &Stage, person: &str, name: &str) {
    let arguments = ["--quiet", "open", &format!("{name}.clausa"), "--viewer", "true"];
    succeed(stage.run(person, &arguments));
}

fn verify(stage: &Stage, person: &str) -> Value {
    let told = succeed(stage.run(person, &["--json", "log", "verify"]));
    serde_json::from_str(&told).unwrap()
}

fn admin(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.arg("admin").args(arguments).arg("--data").arg(data);
    command.output().unwrap()
}

/// The text of a failure with this exit code.
fn failure(output: Output, code: i32) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{text}");
    text
}

/// Copies an authority's folder that nobody is using.
fn copy_folder(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(copied.success());
}

#[test]
fn a_log_is_verified_and_remembered() {
    let mut stage = stage_with_a_log(3);
    let first = verify(&stage, "janet");
    assert_eq!(first["size_before"], Value::Null);
    stage.stop_authority();
    let old = stage.path("old");
    copy_folder(&stage.path("authority"), &old);
    stage.start_authority();

    // What is stopped is signed for, so that everything of before is in the tree now.
    let second = verify(&stage, "janet");
    assert_eq!(second["size_before"], first["size"]);
    assert!(second["size"].as_u64() > first["size"].as_u64());
    assert!(second["entries_verified"].as_u64() >= Some(9), "{second}");
    assert!(verify(&stage, "john")["entries_verified"].as_u64() < second["entries_verified"].as_u64());
    open(&stage, "john", "file-0.txt");
    stage.stop_authority();
    stage.start_authority();
    let third = verify(&stage, "janet");
    assert!(third["size"].as_u64() > second["size"].as_u64());

    // An older database is a log that was cut; what is then written to it, another history.
    stage.stop_authority();
    std::fs::remove_dir_all(stage.path("authority")).unwrap();
    copy_folder(&old, &stage.path("authority"));
    stage.start_authority();
    let text = failure(stage.run("janet", &["log", "verify"]), REWRITTEN);
    assert!(text.contains("was cut"), "{text}");
    for _ in 0..10 {
        succeed(stage.run("janet", &["--json", "log", "--limit", "1"]));
    }
    stage.stop_authority();
    stage.start_authority();
    let text = failure(stage.run("janet", &["log", "verify"]), REWRITTEN);
    assert!(text.contains("was rewritten"), "{text}");
    // Whoever never saw the other history cannot tell, which is why clients remember.
    verify(&stage, "mallory");
}

/// An entry that is shown otherwise than it was signed for is noticed by whoever sees it.
#[test]
fn a_changed_entry_is_noticed_by_its_readers() {
    let mut stage = stage_with_a_log(3);
    stage.stop_authority();
    let data = stage.path("authority");
    change(
        &data,
        &[
            "DROP TRIGGER log_is_never_changed",
            "UPDATE log SET file_name = 'other.txt' WHERE file_name = 'file-1.txt'",
        ],
    );
    stage.start_authority();
    let text = failure(stage.run("janet", &["log", "verify"]), REWRITTEN);
    assert!(text.contains("entry") && text.contains("signed for"), "{text}");
    verify(&stage, "mallory");
    let text = failure(admin(&data, &["log", "verify"]), REWRITTEN);
    assert!(text.contains("was altered"), "{text}");
}

/// Runs statements on a database that nobody uses.
fn change(data: &Path, statements: &[&str]) {
    runtime().block_on(async {
        let mut connection = connect(&data.join("authority.db")).await;
        for statement in statements {
            let done = sqlx::query(AssertSqlSafe((*statement).to_owned()))
                .execute(&mut connection)
                .await;
            done.unwrap();
        }
        connection.close().await.unwrap();
    });
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

async fn connect(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(path)
        .connect()
        .await
        .unwrap()
}

/// Random deletions, edits, reorderings and truncations of the stored rows are all found.
#[test]
fn whatever_is_done_to_the_stored_rows_is_found() {
    let mut stage = stage_with_a_log(60);
    stage.stop_authority();
    let base = stage.path("authority");
    succeed(admin(&base, &["forget", "john@contoso.example"]));
    succeed(admin(&base, &["log", "verify"]));
    change(
        &base,
        &[
            "DROP TRIGGER log_is_never_changed",
            "DROP TRIGGER log_is_never_cut",
        ],
    );
    let tampered = stage.path("tampered");
    copy_folder(&base, &tampered);
    let seed = std::env::var("CLAUSA_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| std::process::id().into());
    println!("CLAUSA_SEED={seed}");
    let mut chance = SeededRandom::new(seed);
    let cases = std::env::var("CLAUSA_CASES").map_or(CASES, |cases| cases.parse().unwrap());
    for case in 0..cases {
        for name in ["authority.db-wal", "authority.db-shm"] {
            let _ = std::fs::remove_file(tampered.join(name));
        }
        std::fs::copy(base.join("authority.db"), tampered.join("authority.db")).unwrap();
        let done = runtime().block_on(tamper(&tampered.join("authority.db"), &mut chance));
        let output = admin(&tampered, &["log", "verify"]);
        assert_eq!(
            output.status.code(),
            Some(REWRITTEN),
            "case {case}, {done}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// Does something to the stored log, and says what.
async fn tamper(path: &Path, chance: &mut SeededRandom) -> String {
    let mut connection = connect(path).await;
    let rows: Vec<(Vec<u8>, i64)> =
        sqlx::query_as("SELECT tenant, sequence FROM log ORDER BY tenant, sequence")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    loop {
        let (tenant, sequence) = &rows[below(chance, rows.len())];
        let hex: String = tenant.iter().map(|byte| format!("{byte:02x}")).collect();
        let here = format!("tenant = x'{hex}' AND sequence = {sequence}");
        let statements: Vec<String> = match below(chance, 8) {
            0 => vec![format!("DELETE FROM log WHERE {here}")],
            1 => {
                let last = *sequence + below(chance, 5) as i64;
                vec![format!(
                    "DELETE FROM log WHERE tenant = x'{hex}' AND sequence BETWEEN {sequence} AND {last}"
                )]
            }
            2 => {
                let kept = sequence - 1;
                let mut cut = vec![format!(
                    "DELETE FROM log WHERE tenant = x'{hex}' AND sequence > {kept}"
                )];
                if below(chance, 2) == 0 {
                    cut.push(format!(
                        "UPDATE log_heads SET length = {kept} WHERE tenant = x'{hex}'"
                    ));
                }
                cut
            }
            3 => {
                let of_tenant: Vec<i64> = rows
                    .iter()
                    .filter(|row| &row.0 == tenant)
                    .map(|row| row.1)
                    .collect();
                let other = of_tenant[below(chance, of_tenant.len())];
                let place = |from: i64, to: i64| {
                    format!("UPDATE log SET sequence = {to} WHERE tenant = x'{hex}' AND sequence = {from}")
                };
                vec![
                    place(*sequence, 1 << 40),
                    place(other, *sequence),
                    place(1 << 40, other),
                ]
            }
            _ => vec![edit(chance, &here)],
        };
        let before = snapshot(&mut connection).await;
        for statement in &statements {
            sqlx::query(AssertSqlSafe(statement.clone()))
                .execute(&mut connection)
                .await
                .unwrap();
        }
        // Some come out as nothing at all: an entry exchanged with itself, a text that was there before.
        if snapshot(&mut connection).await != before {
            connection.close().await.unwrap();
            return statements.join("; ");
        }
    }
}

fn edit(chance: &mut SeededRandom, here: &str) -> String {
    let texts = [
        "request",
        "user_name",
        "result",
        "correlation",
        "owner",
        "issuer",
        "file_name",
        "rights",
        "client_info",
        "client_ip",
        "acting_as",
    ];
    let identifiers = ["account", "content", "owner_account", "template"];
    let (column, value) = match below(chance, 8) {
        0..3 => {
            let column = texts[below(chance, texts.len())];
            (column, format!("COALESCE({column}, '') || 'x'"))
        }
        3 => {
            let column = texts[below(chance, texts.len())];
            let empty = ["request", "user_name", "result", "correlation"].contains(&column);
            (column, if empty { "''" } else { "NULL" }.to_owned())
        }
        4 => {
            let column = identifiers[below(chance, identifiers.len())];
            let value = ["NULL", "randomblob(16)"][below(chance, 2)];
            (column, value.to_owned())
        }
        5 => {
            let column = ["written_at", "published_at"][below(chance, 2)];
            (column, format!("COALESCE({column}, 0) + 1"))
        }
        6 => ("admin_action", "1 - admin_action".to_owned()),
        _ => [
            ("salts", "randomblob(16)".to_owned()),
            ("salts", "randomblob(64)".to_owned()),
            ("leaf", "randomblob(32)".to_owned()),
            ("erased", "randomblob(224)".to_owned()),
            ("erased", "NULL".to_owned()),
        ][below(chance, 5)]
        .clone(),
    };
    format!("UPDATE log SET {column} = {value} WHERE {here}")
}

/// Everything in the table, to see whether a statement did anything.
async fn snapshot(connection: &mut SqliteConnection) -> Vec<String> {
    let columns = "hex(tenant) || '|' || sequence || '|' || written_at || '|' || request || '|' || user_name || '|' || \
         COALESCE(hex(account), '-') || '|' || result || '|' || correlation || '|' || COALESCE(hex(content), '-') || '|' || \
         COALESCE('+' || owner, '-') || '|' || COALESCE(hex(owner_account), '-') || '|' || COALESCE('+' || issuer, '-') || \
         '|' || COALESCE(hex(template), '-') || '|' || COALESCE('+' || file_name, '-') || '|' || \
         COALESCE(published_at, '-') || '|' || COALESCE('+' || rights, '-') || '|' || COALESCE('+' || client_info, '-') || \
         '|' || COALESCE('+' || client_ip, '-') || '|' || admin_action || '|' || COALESCE('+' || acting_as, '-') || '|' || \
         COALESCE(hex(salts), '-') || '|' || COALESCE(hex(leaf), '-') || '|' || COALESCE(hex(erased), '-')";
    let statement = format!("SELECT {columns} FROM log ORDER BY tenant, sequence");
    sqlx::query_scalar(AssertSqlSafe(statement))
        .fetch_all(connection)
        .await
        .unwrap()
}

fn below(chance: &mut SeededRandom, end: usize) -> usize {
    chance.below(end as u64) as usize
}

/// Whoever is forgotten is nowhere in the database; the log verifies, and files go on opening.
#[test]
fn a_forgotten_person_is_gone_and_the_log_stays_valid() {
    let mut stage = stage_with_a_log(3);
    succeed(stage.run(
        "john",
        &[
            "--quiet",
            "protect",
            "costs.csv",
            "--template",
            "confidential-view-only",
        ],
    ));
    open(&stage, "janet", "costs.csv");
    let before = verify(&stage, "janet");
    let data = stage.path("authority");
    // The authority goes on running.
    let told = succeed(admin(&data, &["--json", "forget", "john@contoso.example"]));
    let report: Value = serde_json::from_str(&told).unwrap();
    assert!(
        report["entries"].as_u64() > Some(5) && report["files"] == 1,
        "{report}"
    );
    failure(admin(&data, &["forget", "john@contoso.example"]), 26);
    failure(stage.run("john", &["log"]), 40);

    open(&stage, "janet", "file-0.txt");
    open(&stage, "janet", "costs.csv");
    let after = verify(&stage, "janet");
    assert_eq!(after["size_before"], before["size"]);
    let log = succeed(stage.run("janet", &["--json", "log"]));
    assert!(!log.contains("john@"), "{log}");
    stage.stop_authority();
    succeed(admin(&data, &["log", "verify"]));
    for entry in std::fs::read_dir(&data).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with("authority.db") {
            let bytes = std::fs::read(entry.path()).unwrap();
            assert!(!bytes.windows(5).any(|window| window == b"john@"), "{name}");
            assert!(bytes.windows(6).any(|window| window == b"janet@") || name != "authority.db");
        }
    }
    stage.start_authority();
    // Whoever proves the address again begins anew, as one more member.
    std::fs::remove_dir_all(stage.path("profiles/john")).unwrap();
    stage.sign_up("john@contoso.example");
    open(&stage, "john", "costs.csv");
    verify(&stage, "john");
}

#[test]
fn old_months_are_detached_and_read_again() {
    let mut stage = stage_with_a_log(3);
    verify(&stage, "janet");
    stage.stop_authority();
    let (data, again) = (stage.path("authority"), stage.path("again"));
    copy_folder(&data, &again);
    let (out, other) = (stage.path("out"), stage.path("other"));
    for folder in [&out, &other] {
        std::fs::create_dir(folder).unwrap();
    }
    let detach = |data: &Path, out: &Path, before: &str| {
        let output = out.to_str().unwrap();
        succeed(admin(
            data,
            &["--json", "log", "detach", "--before", before, "--output", output],
        ))
    };
    assert_eq!(detach(&data, &out, "2020-01").trim(), r#"{"detached":[]}"#);
    let told: Value = serde_json::from_str(&detach(&data, &out, "2999-01")).unwrap();
    let files = told["detached"].as_array().unwrap();
    assert_eq!(files.len(), 2, "one for each organisation: {told}");
    detach(&again, &other, "2999-01");
    let verified = succeed(admin(&data, &["log", "verify"]));
    assert!(verified.contains("in detached files"), "{verified}");

    for file in files {
        let path = PathBuf::from(file["file"].as_str().unwrap());
        let same = other.join(path.file_name().unwrap());
        assert_eq!(
            std::fs::read(&path).unwrap(),
            std::fs::read(same).unwrap(),
            "the same bytes"
        );
        let read = |path: &Path| {
            let arguments = ["--json", "admin", "log", "read", path.to_str().unwrap()];
            Command::new(PROGRAM).args(arguments).output().unwrap()
        };
        let part: Value = serde_json::from_str(&succeed(read(&path))).unwrap();
        let entries = part["entries"].as_array().unwrap();
        assert_eq!(entries.len() as u64, file["last"].as_u64().unwrap());
        let root = part["roots"][0].as_str().unwrap();
        let pinned = |root: &str| {
            let arguments = ["admin", "log", "read", path.to_str().unwrap(), "--root", root];
            Command::new(PROGRAM).args(arguments).output().unwrap()
        };
        succeed(pinned(root));
        failure(pinned(&"42".repeat(32)), REWRITTEN);
        forge(&path, &stage.path("forged"), read);
    }

    // The tree goes on where it was.
    stage.start_authority();
    assert_eq!(verify(&stage, "janet")["entries_verified"].as_u64(), Some(0));
    open(&stage, "john", "file-0.txt");
    succeed(stage.run("janet", &["log"]));
    stage.stop_authority();
    succeed(admin(&data, &["log", "verify"]));
    stage.start_authority();
    assert!(verify(&stage, "janet")["entries_verified"].as_u64() > Some(0));
}

/// SEC-142: forgetting reaches months that were detached, says what it does not reach, and is in the log without a name.
#[test]
fn forgetting_reaches_detached_months_and_is_logged() {
    let mut stage = stage_with_a_log(3);
    stage.stop_authority();
    let (data, out) = (stage.path("authority"), stage.path("out"));
    std::fs::create_dir(&out).unwrap();
    let folder = out.to_str().unwrap();
    succeed(admin(
        &data,
        &["log", "detach", "--before", "2999-01", "--output", folder],
    ));
    let files = || -> Vec<PathBuf> {
        let mut files: Vec<_> = std::fs::read_dir(&out)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        files
    };
    let before = files();
    let read = |path: &Path| {
        let arguments = ["--json", "admin", "log", "read", path.to_str().unwrap()];
        succeed(Command::new(PROGRAM).args(arguments).output().unwrap())
    };
    let all = |files: &[PathBuf]| files.iter().map(|file| read(file)).collect::<String>();
    assert!(all(&before).contains("john@contoso.example"));
    let bytes: Vec<_> = before.iter().map(|file| std::fs::read(file).unwrap()).collect();

    // Nothing is done while a file is missing.
    let refused = failure(admin(&data, &["forget", "john@contoso.example"]), 2);
    assert!(refused.contains("--detached"), "{refused}");
    let unknown = ["forget", "mary@contoso.example", "--detached", folder];
    failure(admin(&data, &unknown), 26);
    assert_eq!(
        bytes,
        files()
            .iter()
            .map(|file| std::fs::read(file).unwrap())
            .collect::<Vec<_>>()
    );

    let forget = [
        "--json",
        "forget",
        "john@contoso.example",
        "--detached",
        folder,
        "--by",
        "ops on call",
    ];
    let told: Value = serde_json::from_str(&succeed(admin(&data, &forget))).unwrap();
    assert!(told["detached_entries"].as_u64() > Some(2), "{told}");
    assert!(!told["detached_files"].as_array().unwrap().is_empty(), "{told}");
    assert!(
        told["backups_since"].as_u64() <= told["backups_until"].as_u64() && told["backups_since"].is_u64(),
        "{told}"
    );
    assert_eq!(files(), before, "no file more, none less");
    let after = all(&before);
    assert!(!after.contains("john@") && after.contains("janet@"), "{after}");
    assert_eq!(
        after.matches("\"sequence\"").count(),
        all(&before).matches("\"sequence\"").count()
    );
    // The entry about it stands in john's organisation, and names nobody.
    let told = succeed(admin(&data, &["log", "verify"]));
    assert!(told.contains("In order"), "{told}");
    // It is signed for while the authority runs.
    stage.start_authority();
    stage.stop_authority();
    succeed(admin(
        &data,
        &["log", "detach", "--before", "2999-01", "--output", folder],
    ));
    let newest: Vec<_> = files()
        .into_iter()
        .filter(|file| !before.contains(file))
        .collect();
    let shown = all(&newest);
    assert!(
        shown.contains("ForgetPerson") && shown.contains("ops on call"),
        "{shown}"
    );
    assert!(!shown.contains("john@"), "{shown}");
    // A file that was changed in any other way is found as before.
    forge(&before[0], &stage.path("forged"), |path| {
        let arguments = ["--json", "admin", "log", "read", path.to_str().unwrap()];
        Command::new(PROGRAM).args(arguments).output().unwrap()
    });
}

/// A changed, a shortened and a damaged copy of a detached file.
fn forge(path: &Path, copy: &Path, read: impl Fn(&Path) -> Output) {
    let gzip = |arguments: &[&str], input: &Path| {
        let output = Command::new("gzip")
            .args(arguments)
            .arg("-c")
            .arg(input)
            .output()
            .unwrap();
        output.stdout
    };
    let text = String::from_utf8(gzip(&["-d"], path)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let changed = text.replacen("\"result\":\"Success\"", "\"result\":\"success\"", 1);
    let exchanged = text
        .replacen("@contoso.example", "@contoso.example2", 3)
        .replacen("@tailspin", "@tailspin2", 3);
    let shortened = lines[..lines.len() - 1].join("\n") + "\n";
    for forged in [changed, exchanged, shortened] {
        assert_ne!(forged, text);
        std::fs::write(copy, forged).unwrap();
        let packed = gzip(&["-n"], copy);
        std::fs::write(copy, packed).unwrap();
        failure(read(copy), REWRITTEN);
    }
    let bytes = std::fs::read(path).unwrap();
    std::fs::write(copy, &bytes[..bytes.len() / 2]).unwrap();
    assert!(!read(copy).status.success());
}
