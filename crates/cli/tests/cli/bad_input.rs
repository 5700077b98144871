//! `docs/bad-input.md`: every row of its tables is run against the real program, and must end as it says there and leave
//! nothing behind. `UPDATE=1` writes what the program said into the rows; read the difference before you keep it.

#![allow(clippy::print_stdout, reason = "says which rows were not run")]

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::other_user;
use crate::stage::{Stage, succeed};

/// Rows below this heading are run when the authority has been stopped.
const WITHOUT_AUTHORITY: &str = "## Without the authority";
/// Rows that begin with this need a person whom permissions bind.
const NOT_AS_ROOT: &str = "(not as root)";
const PEOPLE: [&str; 2] = ["janet@contoso.example", "john@contoso.example"];

/// One row: what is wrong, given, command, refused at, exit code, message, what to do.
struct Row {
    /// Its line in the document.
    line: usize,
    cells: Vec<String>,
    without_authority: bool,
}

#[test]
fn every_row_of_the_table_comes_out_as_written() {
    let text = std::fs::read_to_string(document()).unwrap();
    let rows = rows(&text);
    assert!(rows.len() > 100, "the table has its rows: {}", rows.len());
    let mut stage = prepared_stage();
    let (mut lines, mut differences) = (Vec::from_iter(text.lines().map(str::to_owned)), Vec::new());
    for (number, row) in rows.iter().enumerate() {
        if row.without_authority {
            stage.stop_authority();
        }
        if row.needs_other_user() && !other_user::can_be_had() {
            println!(
                "line {}: not run, because nothing is unreadable to root",
                row.line + 1
            );
            continue;
        }
        let (found, changed) = row.run(&stage, number);
        if !changed.is_empty() {
            differences.push(format!(
                "left behind or changed: {changed:?}\n  {}",
                lines[row.line]
            ));
        }
        let written = row.written(&found);
        if written != lines[row.line] {
            differences.push(format!("- {}\n+ {written}", lines[row.line]));
            lines[row.line] = written;
        }
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(document(), lines.join("\n") + "\n").unwrap();
        differences.retain(|difference| difference.starts_with("left"));
    }
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

/// What a shell cannot bring about is shown by the named tests, which must exist.
#[test]
fn the_tests_that_the_document_names_exist() {
    let text = std::fs::read_to_string(document()).unwrap();
    let cells = text.lines().map(cells).filter(|cells| cells.len() == 5);
    let named: Vec<(String, String)> = cells
        .filter_map(|cells| Some((code(&cells[3])?.to_owned(), code(&cells[4])?.to_owned())))
        .collect();
    assert!(named.len() > 10, "{named:?}");
    for (file, test) in named {
        let path = root().join(&file);
        let source =
            std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{} is missing", path.display()));
        assert!(
            source.contains(&format!("fn {test}()")),
            "{file} has no test {test}"
        );
    }
}

impl Row {
    fn needs_other_user(&self) -> bool {
        self.cells[0].starts_with(NOT_AS_ROOT) && other_user::is_needed()
    }

    fn run(&self, stage: &Stage, number: usize) -> (Output, BTreeSet<PathBuf>) {
        let folder = stage.path(&format!("row-{number}"));
        std::fs::create_dir(&folder).unwrap();
        succeed(shell(stage, "janet", &folder, "cp -a ../files/. ."));
        let (given, command) = (code(&self.cells[1]), code(&self.cells[2]));
        if let Some(given) = given {
            succeed(shell(stage, "janet", &folder, given));
        }
        let (person, command) = command
            .and_then(|command| command.split_once("$ "))
            .expect("person$ command");
        let command = command.replace("{origin}", stage.origin());
        let mut shell = if self.needs_other_user() {
            other_user::shell(stage, person, &folder)
        } else {
            stage.command(person, "sh")
        };
        let before = snapshot(&[&folder, &stage.path("tmp")]);
        let output = shell
            .current_dir(&folder)
            .args(["-c", &command])
            .output()
            .unwrap();
        let after = snapshot(&[&folder, &stage.path("tmp")]);
        let names = before.keys().chain(after.keys());
        let changed = names
            .filter(|name| before.get(*name) != after.get(*name))
            .cloned()
            .collect();
        (output, changed)
    }

    /// The row with what the program said. A document that shows no error shows that there was none.
    fn written(&self, output: &Output) -> String {
        let (message, advice) = told(output);
        let code = output
            .status
            .code()
            .map_or("signal".to_owned(), |code| code.to_string());
        let mut cells = self.cells.clone();
        cells.truncate(4);
        cells.extend([code, message, advice]);
        let cells = cells.iter().map(|cell| {
            let one_line = cell.split_whitespace().collect::<Vec<_>>().join(" ");
            redacted(&one_line)
                .replace('|', "\\|")
                .replace('<', "\\<")
                .replace('*', "\\*")
        });
        // What the row gives is written as it stands.
        let given = self.cells[..4].iter().map(|cell| cell.replace('|', "\\|"));
        format!(
            "| {} |",
            given.chain(cells.skip(4)).collect::<Vec<_>>().join(" | ")
        )
        .replace("|  |", "| |")
    }
}

/// What happened and what to do, as the program told it.
fn told(output: &Output) -> (String, String) {
    let all = [output.stderr.as_slice(), &output.stdout].concat();
    let text = String::from_utf8_lossy(&all);
    if let Some(line) = text.lines().find(|line| line.starts_with("{\"error\":")) {
        let told: serde_json::Value = serde_json::from_str(line).unwrap();
        let field = |name: &str| told["error"][name].as_str().unwrap().to_owned();
        return (field("message"), field("advice"));
    }
    let mut lines = text.lines().skip_while(|line| !line.starts_with("error: "));
    let Some(message) = lines.next() else {
        // What `inspect` shows is an answer.
        let shown = text
            .lines()
            .find_map(|line| Some(&line[line.find("BROKEN: ").or(line.find("FALSE: "))?..]));
        return (shown.unwrap_or_default().to_owned(), String::new());
    };
    // Mistakes that the argument parser finds come with a summary of the usage.
    let rest: Vec<&str> = lines.take_while(|line| !line.starts_with("error: ")).collect();
    let is_usage = |line: &&str| !line.is_empty() && !line.starts_with("Usage:");
    let advice = rest.into_iter().filter(is_usage).collect::<Vec<_>>().join(" ");
    (message.trim_start_matches("error: ").to_owned(), advice)
}

/// An authority, two people of one organisation, and the files that the document describes.
fn prepared_stage() -> Stage {
    let stage = Stage::start();
    for address in PEOPLE {
        stage.sign_up(address);
    }
    let known = ["--quiet", "--authority", stage.origin(), "trust", stage.origin()];
    succeed(stage.run("visitor", &known));
    let files = stage.path("files");
    for (who, command) in [
        (
            "janet",
            "clausa -q protect letter.md --to john@contoso.example --rights VIEW,EXPORT --offline none -o good.clausa",
        ),
        (
            "janet",
            "clausa -q protect letter.md --to john@contoso.example --rights VIEW --offline none -o view.clausa",
        ),
        (
            "janet",
            "clausa -q protect letter.md --level only-me -o mine.clausa",
        ),
        (
            "janet",
            "clausa -q protect letter.md --to john@contoso.example --offline none -o revoked.clausa && clausa -q revoke revoked.clausa",
        ),
        (
            "janet",
            "head -c 300000 /dev/urandom > long.bin && clausa -q protect long.bin --to john@contoso.example --rights VIEW,EXPORT -o long.clausa",
        ),
        (
            "janet",
            "clausa -q protect letter.md --to john@contoso.example --until $(date -u -d '+2 seconds' +%Y-%m-%dT%H:%M:%SZ) -o expired.clausa && sleep 3",
        ),
    ] {
        succeed(shell(&stage, who, &files, command));
    }
    // Cut and altered copies, so that rows stay readable.
    for (name, make) in [
        ("cut-magic", "head -c 5 good.clausa"),
        ("cut-prefix", "head -c 16 good.clausa"),
        ("cut-licence", "head -c 300 good.clausa"),
        ("cut-body", "head -c 200000 long.clausa"),
        ("cut-seal", "head -c -100 good.clausa"),
        ("cut-end", "head -c -1 good.clausa"),
        ("extended", "cat good.clausa; echo more"),
        ("twice", "cat good.clausa good.clausa"),
    ] {
        succeed(shell(
            &stage,
            "janet",
            &files,
            &format!("({make}) > {name}.clausa"),
        ));
    }
    for (name, source, place) in [
        ("bit-flags", "good", "11"),
        ("bit-length", "good", "12"),
        ("bit-licence", "good", "400"),
        ("bit-body", "long", "100000"),
        ("bit-seal", "good", "-40"),
        ("bit-seal-length", "good", "-9"),
        ("bit-tail", "good", "-1"),
        ("newer-minor", "good", "9"),
    ] {
        succeed(shell(
            &stage,
            "janet",
            &files,
            &format!("flip {source}.clausa {name}.clausa {place}"),
        ));
    }
    let newer = "cp good.clausa newer.clausa && printf '\\002' | dd of=newer.clausa bs=1 seek=8 conv=notrunc status=none";
    succeed(shell(&stage, "janet", &files, newer));
    stage
}

fn shell(stage: &Stage, person: &str, folder: &Path, script: &str) -> Output {
    stage
        .command(person, "sh")
        .current_dir(folder)
        .args(["-c", script])
        .output()
        .unwrap()
}

/// Every name below the folders, with kind, permissions and content.
fn snapshot(folders: &[&Path]) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| folder.to_path_buf()).collect();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = std::fs::symlink_metadata(&path).unwrap();
            let kind = metadata.file_type();
            let content = if kind.is_file() && !kind.is_fifo() && metadata.len() < 1 << 24 {
                std::fs::read(&path).unwrap_or_default()
            } else {
                Vec::new()
            };
            if kind.is_dir() {
                open.push(path.clone());
            }
            found.insert(path, (metadata.mode(), content));
        }
    }
    found
}

fn rows(text: &str) -> Vec<Row> {
    let mut without_authority = false;
    let mut rows = Vec::new();
    for (line, written) in text.lines().enumerate() {
        without_authority |= written == WITHOUT_AUTHORITY;
        let cells = cells(written);
        if cells.len() == 7 && code(&cells[2]).is_some() {
            rows.push(Row {
                line,
                cells,
                without_authority,
            });
        }
    }
    rows
}

/// The cells of a row of a table; `\|` inside one is a bar.
fn cells(line: &str) -> Vec<String> {
    let Some(inside) = line.strip_prefix("| ").and_then(|line| line.strip_suffix('|')) else {
        return Vec::new();
    };
    inside
        .replace("\\|", "\0")
        .split('|')
        .map(|cell| cell.trim().replace('\0', "|"))
        .collect()
}

/// What stands between backticks.
fn code(cell: &str) -> Option<&str> {
    cell.strip_prefix('`')?.strip_suffix('`')
}

/// What differs from run to run.
fn redacted(text: &str) -> String {
    let mut text = text.to_owned();
    for (name, pattern) in [
        ("AUTHORITY", r"http://127\.0\.0\.1:[0-9]+"),
        ("TIME", r"20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2} UTC"),
        ("ID", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ("ROOT", r"/[^ ]*/clausa-test-[^/ ]+/row-[0-9]+"),
    ] {
        text = regex::Regex::new(pattern)
            .unwrap()
            .replace_all(&text, name)
            .into_owned();
    }
    text
}

fn document() -> PathBuf {
    root().join("docs/bad-input.md")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
