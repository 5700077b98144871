//! Transcripts: Markdown in which `console` blocks hold commands, exit codes and output.
//!
//! ```text
//! janet$ clausa whoami          run by a shell as janet, its output a pipe
//! ? 40                          exit code, when it is not 0
//! janet% clausa open x.clausa   run on a terminal
//! < {code:a@b.example}          typed once the program asks; `<` alone is an empty line
//! ```
//!
//! `{origin}`, `{code:ADDRESS}` and `{id:FILE}` stand for what only the run can know. Above the blocks,
//! `<!-- people: ADDRESS … -->` signs people up. A transcript is replayed as a whole and compared as a whole:
//! `UPDATE=1` writes it anew.

use std::path::Path;

use snapbox::Redactions;

use crate::stage::{PROGRAM, Stage};
use crate::terminal;

const BLOCK: &str = "```console";
const PEOPLE: &str = "<!-- people:";

/// Replays the transcript at `path`; panics with the difference.
pub fn replay(path: &Path) {
    let text = std::fs::read_to_string(path).unwrap();
    let mut stage = Stage::start();
    for line in text.lines().filter_map(|line| line.strip_prefix(PEOPLE)) {
        for address in line.trim_end_matches("-->").split_whitespace() {
            stage.sign_up(address);
        }
    }
    let actual = play(&text, &mut stage);
    let action = match std::env::var_os("UPDATE") {
        Some(_) => snapbox::assert::Action::Overwrite,
        None => snapbox::assert::Action::Verify,
    };
    snapbox::Assert::new()
        .action(action)
        .normalize_paths(false)
        .redact_with(redactions(&stage))
        .eq(
            actual,
            snapbox::Data::read_from(path, Some(snapbox::data::DataFormat::Text)),
        );
}

fn play(text: &str, stage: &mut Stage) -> String {
    let mut out = String::new();
    let mut lines = text.lines().peekable();
    let mut in_block = false;
    while let Some(line) = lines.next() {
        if in_block && line != "```" {
            if let Some((person, command, on_terminal)) = prompt(line) {
                out.push_str(line);
                out.push('\n');
                let mut typed = Vec::new();
                while let Some(input) = lines.peek().and_then(|line| line.strip_prefix('<')) {
                    typed.push(input.trim_start().to_owned());
                    out.push_str(&format!("<{input}\n"));
                    lines.next();
                }
                let (code, output) = run(stage, person, command, on_terminal, &typed);
                if code != 0 {
                    out.push_str(&format!("? {code}\n"));
                }
                out.push_str(&output);
                if !output.is_empty() && !output.ends_with('\n') {
                    out.push_str("[no line end]\n");
                }
            }
            // What the block says of output is replaced by what came.
            continue;
        }
        in_block = line == BLOCK;
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// `janet$ command` or `janet% command`.
fn prompt(line: &str) -> Option<(&str, &str, bool)> {
    let (at, sign) = line.char_indices().find(|(_, c)| !c.is_ascii_lowercase())?;
    let command = line[at + 1..].strip_prefix(' ')?;
    match sign {
        '$' if at > 0 => Some((&line[..at], command, false)),
        '%' if at > 0 => Some((&line[..at], command, true)),
        _ => None,
    }
}

fn run(stage: &mut Stage, person: &str, command: &str, on_terminal: bool, typed: &[String]) -> (i32, String) {
    // The operator's hands: not commands of the program.
    match (person, command) {
        ("operator", "stop") => {
            stage.stop_authority();
            return (0, String::new());
        }
        ("operator", "start") => {
            stage.start_authority();
            return (0, String::new());
        }
        _ => {}
    }
    let command = fill(stage, person, command);
    if on_terminal {
        return terminal::run(stage, person, &command, typed);
    }
    let script = format!("exec 2>&1\n{command}");
    let output = stage
        .command(person, "sh")
        .args(["-c", &script])
        .output()
        .unwrap();
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&output.stdout).into_owned(),
    )
}

/// Puts in what only the run can know.
pub fn fill(stage: &Stage, person: &str, text: &str) -> String {
    let mut text = text.replace("{origin}", stage.origin());
    while let Some((before, address, after)) = placeholder(&text, "{code:") {
        text = format!("{before}{}{after}", stage.code(&address));
    }
    while let Some((before, file, after)) = placeholder(&text, "{id:") {
        let output = stage
            .command(person, PROGRAM)
            .args(["--json", "inspect", &file])
            .output()
            .unwrap();
        let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        text = format!("{before}{}{after}", value["content_id"].as_str().unwrap());
    }
    text
}

fn placeholder(text: &str, start: &str) -> Option<(String, String, String)> {
    let (before, rest) = text.split_once(start)?;
    let (inside, after) = rest.split_once('}')?;
    Some((before.to_owned(), inside.to_owned(), after.to_owned()))
}

/// What differs from run to run.
fn redactions(stage: &Stage) -> Redactions {
    let mut redactions = Redactions::new();
    let mut put = |name: &'static str, pattern: &str| {
        redactions
            .insert(name, regex::Regex::new(pattern).unwrap())
            .unwrap();
    };
    put(
        "[ROOT]",
        &format!(
            "(?<redacted>(/private)?{})",
            regex::escape(&stage.root().display().to_string())
        ),
    );
    put(
        "[ORIGIN]",
        &format!("(?<redacted>{})", regex::escape(stage.origin())),
    );
    put(
        "[HOST]",
        &format!(
            "(?<redacted>{})",
            regex::escape(stage.origin().trim_start_matches("http://"))
        ),
    );
    put("[ID]", r"(?<redacted>[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})");
    put(
        "[KEY]",
        // After what separates it from an [ID], whose last digits look the same.
        r#"(?m)(?:^|[ ("])(?<redacted>[0-9a-f]{64}|[0-9a-f]{32}|[0-9a-f]{16}|[0-9a-f]{12})\b"#,
    );
    put("[PLATFORM]", r"(?<redacted>[a-z]+ [a-z0-9_]+; clausa/[0-9.]+)");
    put("[DIGEST]", r#""digest":"(?<redacted>[A-Za-z0-9_-]{43})""#);
    put(
        "[TIME]",
        r"(?<redacted>20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2} UTC)",
    );
    put("[INSTANT]", r"\b(?<redacted>1[0-9]{9}([0-9]{6})?)\b");
    put("[SIZE]", r"\b(?<redacted>[0-9]+\.[0-9] KiB)");
    redactions
}
