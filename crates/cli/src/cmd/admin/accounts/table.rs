//! `clausa admin accounts export`, `import` and `close`: accounts as a file of comma-separated values.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use clausa_core::address::{Address, Domain};
use clausa_server::usecase::accounts::{self, AccountsError, Changed, NewLine, Role};
use clausa_server::usecase::close_account::Files;
use serde_json::json;

use super::{Data, cells, refused};
use crate::cmd::admin::csv::{self, Record};
use crate::context::Context;
use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome};

/// What export writes.
const COLUMNS: [&str; 4] = ["address", "name", "role", "state"];
/// What import takes: export's columns, or the first three of them.
const IMPORTED: usize = 3;
/// What close takes; the second column may be missing.
const CLOSED: [&str; 2] = ["address", "hand_over_to"];
/// Most wrong lines that are told.
const MOST_TOLD: usize = 20;

/// Write an organisation's accounts into a file of comma-separated values
///
/// One line for each account: address, name, role, state. A closed account has no address any more. A cell that a program could take for a formula begins with an apostrophe, which import takes off.
#[derive(clap::Args, Debug)]
pub(super) struct Export {
    /// A domain of the organisation
    #[arg(value_name = "DOMAIN")]
    domain: String,
    /// The file to write; it must not exist
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    data: Data,
}

/// Make accounts out of a file of comma-separated values: all of them, or none
///
/// The file has the columns address, name, role, as export writes them; the role is member or guest. Accounts that are there stay as they are. The organisation's domain has to be proven, and every address has to be in one of its domains. Nobody is signed in by this: people sign in with a mailed code.
#[derive(clap::Args, Debug)]
pub(super) struct Import {
    #[command(flatten)]
    table: Table,
}

/// Close the accounts that a file of comma-separated values names: all of them, or none
///
/// The file has the columns address and hand_over_to. Files go on opening for exactly the people they name; where hand_over_to has the address of another account of the organisation, that one gets the owner's rights on them. Files that were protected without a network and never registered open no more. People are told by mail.
#[derive(clap::Args, Debug)]
pub(super) struct Close {
    #[command(flatten)]
    table: Table,
}

#[derive(clap::Args, Debug)]
struct Table {
    /// A domain of the organisation
    #[arg(value_name = "DOMAIN")]
    domain: String,
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Change nothing; tell what would be done, and what is wrong
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    data: Data,
}

/// Exports.
pub(super) async fn export(args: Export, context: &Context) -> Outcome {
    let domain: Domain = args.domain.parse()?;
    let output = args.output.display().to_string();
    let state = args.data.open().await?;
    let outcome = accounts::list(&state, &domain).await;
    state.store().close().await;
    let listed = outcome.map_err(refused)?;
    let mut text = String::new();
    csv::write(&COLUMNS, &mut text);
    for one in &listed {
        let cells = cells(one);
        csv::write(&cells.each_ref().map(String::as_str), &mut text);
    }
    let mut file = create(&args.output).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::new(Kind::OutputExists, format!("{output} exists already"))
                .advise("Choose another name with -o.")
        }
        _ => Failure::from_write(&error, &output),
    })?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(|error| Failure::from_write(&error, &output))?;
    let count = listed.len();
    context
        .printer
        .result(&json!({ "output": output, "lines": count }), |words| {
            words.line(&format!("Wrote {} into {output}.", accounts_of(count)))
        })
}

/// A new file that only its user can read: it holds addresses.
fn create(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Imports.
pub(super) async fn import(args: Import, context: &Context) -> Outcome {
    let Table {
        domain,
        file,
        dry_run,
        data,
    } = args.table;
    let domain: Domain = domain.parse()?;
    let records = read(&file, |heading| {
        heading == &COLUMNS[..] || heading == &COLUMNS[..IMPORTED]
    })?;
    let lines = each(&file, records, |cells| {
        let [address, name, role] = first(cells)?;
        Ok(NewLine {
            address: address_of(&address)?,
            name,
            role: Role::from_word(&role).ok_or_else(|| format!("`{role}` is no role"))?,
        })
    })?;
    let (numbers, lines): (Vec<_>, Vec<_>) = lines.into_iter().unzip();
    let state = data.open().await?;
    let outcome = accounts::import(&state, &domain, lines, dry_run).await;
    state.store().close().await;
    let done = outcome.map_err(|errors| wrong_lines(&file, &numbers, errors))?;
    report(context, &done, dry_run, ["made", "would be made"])
}

/// Closes.
pub(super) async fn close(args: Close, context: &Context) -> Outcome {
    let Table {
        domain,
        file,
        dry_run,
        data,
    } = args.table;
    let domain: Domain = domain.parse()?;
    let records = read(&file, |heading| heading == &CLOSED[..] || heading == &CLOSED[..1])?;
    let lines = each(&file, records, |mut cells| {
        cells.resize(CLOSED.len(), String::new());
        let [address, successor] = first(cells)?;
        let files = match successor.as_str() {
            "" => Files::Keep,
            address => Files::HandOver(address_of(address)?),
        };
        Ok((address_of(&address)?, files))
    })?;
    let (numbers, lines): (Vec<_>, Vec<_>) = lines.into_iter().unzip();
    let state = data.open().await?;
    let outcome = accounts::close(&state, &domain, lines, dry_run).await;
    state.store().close().await;
    let done = outcome.map_err(|errors| wrong_lines(&file, &numbers, errors))?;
    report(context, &done, dry_run, ["closed", "would be closed"])
}

fn read(path: &Path, is_heading: impl Fn(&[&str]) -> bool) -> Outcome<Vec<Record>> {
    let file = path.display().to_string();
    let mut text = String::new();
    let opened = File::open(path).map_err(|error| Failure::from_read(&error, &file))?;
    opened
        .take(csv::MAX_LENGTH + 1)
        .read_to_string(&mut text)
        .map_err(|error| Failure::from_read(&error, &file))?;
    let wrong = |said: String| {
        Failure::new(Kind::InputUnreadable, format!("{file}: {said}")).advise("Nothing was changed.")
    };
    if text.len() as u64 > csv::MAX_LENGTH {
        return Err(wrong("it is longer than 64 MiB".to_owned()));
    }
    let mut records = csv::read(&text).map_err(|error| wrong(error.to_string()))?;
    let heading: Vec<&str> = records
        .first()
        .map(|record| record.cells.iter().map(String::as_str).collect())
        .unwrap_or_default();
    if !is_heading(&heading) {
        return Err(wrong(
            "line 1 does not name the columns; the help tells them".to_owned(),
        ));
    }
    records.remove(0);
    Ok(records)
}

/// Every line read, with its number; or what is wrong with every wrong one.
fn each<T>(
    path: &Path,
    records: Vec<Record>,
    parse: impl Fn(Vec<String>) -> Result<T, String>,
) -> Outcome<Vec<(usize, T)>> {
    let (mut lines, mut wrong) = (Vec::new(), Vec::new());
    for Record { line, cells } in records {
        match parse(cells) {
            Ok(read) => lines.push((line, read)),
            Err(said) => wrong.push(format!("line {line}: {said}")),
        }
    }
    match wrong.is_empty() {
        true => Ok(lines),
        false => Err(refusal(Kind::InputUnreadable, path, wrong)),
    }
}

fn first<const N: usize>(cells: Vec<String>) -> Result<[String; N], String> {
    let mut cells = cells;
    if cells.len() < N {
        return Err(format!("it has {} of {N} cells", cells.len()));
    }
    cells.truncate(N);
    <[String; N]>::try_from(cells).map_err(|_| "it cannot be read".to_owned())
}

fn address_of(text: &str) -> Result<Address, String> {
    text.parse().map_err(|error| format!("{text}: {error}"))
}

fn wrong_lines(path: &Path, numbers: &[usize], errors: Vec<(Option<usize>, AccountsError)>) -> Failure {
    let mut told = Vec::new();
    for (index, error) in errors {
        match index.and_then(|index| numbers.get(index)) {
            Some(number) => told.push(format!("line {number}: {error}")),
            None => return refused(error),
        }
    }
    refusal(Kind::RequestRefused, path, told)
}

fn refusal(kind: Kind, path: &Path, mut wrong: Vec<String>) -> Failure {
    let more = wrong.len().saturating_sub(MOST_TOLD);
    wrong.truncate(MOST_TOLD);
    if more > 0 {
        wrong.push(format!("and {more} more"));
    }
    Failure::new(kind, format!("{}: {}", path.display(), wrong.join("; "))).advise("Nothing was changed.")
}

fn report(context: &Context, done: &Changed, dry_run: bool, [was, would]: [&str; 2]) -> Outcome {
    let value = json!({ "changed": done.changed, "unchanged": done.unchanged, "dry_run": dry_run });
    context.printer.result(&value, |words| {
        let what = match dry_run {
            true => would,
            false => was,
        };
        words.line(&format!("{} {what}.", accounts_of(done.changed)))?;
        match done.unchanged {
            0 => Ok(()),
            there => words.line(&format!("{} there already.", accounts_of(there))),
        }
    })
}

fn accounts_of(number: usize) -> String {
    match number {
        1 => "1 account".to_owned(),
        _ => format!("{number} accounts"),
    }
}
