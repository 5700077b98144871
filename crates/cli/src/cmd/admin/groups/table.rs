//! `clausa admin groups export` and `import`: all groups as one table.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use clausa_core::address::Domain;
use clausa_server::usecase::groups::table::{self, Membership};
use serde_json::json;

use super::{Data, refused};
use crate::cmd::admin::csv::{self, Record};
use crate::context::Context;
use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome};

/// The columns, as their heading names them.
const COLUMNS: [&str; 3] = ["group", "name", "member"];

/// Write an organisation's groups into a file of comma-separated values
///
/// One line for each member: the group's address, its name, the member's address. A group without members has one line. A cell that a program could take for a formula begins with an apostrophe, which import takes off.
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

/// Make groups and add members out of a file of comma-separated values: all of it, or nothing
///
/// The file has the columns group, name, member, as export writes them. What is there stays; nobody is taken out.
#[derive(clap::Args, Debug)]
pub(super) struct Import {
    /// A domain of the organisation
    #[arg(value_name = "DOMAIN")]
    domain: String,
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    data: Data,
}

/// Exports.
pub(super) async fn export(args: Export, context: &Context) -> Outcome {
    let domain: Domain = args.domain.parse()?;
    let output = args.output.display().to_string();
    let state = args.data.open().await?;
    let outcome = table::export(&state, &domain).await;
    state.store().close().await;
    let lines = outcome.map_err(refused)?;
    let mut text = String::new();
    csv::write(&COLUMNS, &mut text);
    for line in &lines {
        let member = line.member.as_ref().map(ToString::to_string).unwrap_or_default();
        csv::write(&[line.group.as_str(), &line.name, &member], &mut text);
    }
    let mut file = File::create_new(&args.output).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::new(Kind::OutputExists, format!("{output} exists already"))
                .advise("Choose another name with -o.")
        }
        _ => Failure::from_write(&error, &output),
    })?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(|error| Failure::from_write(&error, &output))?;
    let count = lines.len();
    context
        .printer
        .result(&json!({ "output": output, "lines": count }), |words| {
            words.line(&format!(
                "Wrote {} into {output}.",
                count_of(count, "line", "lines")
            ))
        })
}

/// Imports.
pub(super) async fn import(args: Import, context: &Context) -> Outcome {
    let domain: Domain = args.domain.parse()?;
    let file = args.file.display().to_string();
    let wrong = |said: String| {
        Failure::new(Kind::InputUnreadable, format!("{file}: {said}")).advise("Nothing was changed.")
    };
    let mut text = String::new();
    let opened = File::open(&args.file).map_err(|error| Failure::from_read(&error, &file))?;
    opened
        .take(csv::MAX_LENGTH + 1)
        .read_to_string(&mut text)
        .map_err(|error| Failure::from_read(&error, &file))?;
    if text.len() as u64 > csv::MAX_LENGTH {
        return Err(wrong("it is longer than 64 MiB".to_owned()));
    }
    let records = csv::read(&text).map_err(|error| wrong(error.to_string()))?;
    let (numbers, lines) = memberships(records).map_err(wrong)?;
    let state = args.data.open().await?;
    let outcome = table::import(&state, &domain, lines).await;
    state.store().close().await;
    let imported = outcome.map_err(|(line, error)| match line.and_then(|line| numbers.get(line)) {
        Some(number) => refused(error).about(&format!("{file}, line {number}")),
        None => refused(error),
    })?;
    let value = json!({ "groups": imported.groups, "members": imported.members });
    context.printer.result(&value, |words| {
        words.line(&format!(
            "{} and {} more.",
            count_of(imported.groups, "group", "groups"),
            count_of(imported.members, "member", "members")
        ))
    })
}

/// The lines with their numbers in the file, or what is wrong with the first wrong one.
fn memberships(records: Vec<Record>) -> Result<(Vec<usize>, Vec<Membership>), String> {
    let mut records = records.into_iter();
    let heading = records.next().map(|record| record.cells).unwrap_or_default();
    if heading != COLUMNS {
        return Err(format!("line 1 is not {}", COLUMNS.join(",")));
    }
    let (mut numbers, mut lines) = (Vec::new(), Vec::new());
    for Record { line, cells } in records {
        let [group, name, member] = <[String; 3]>::try_from(cells).map_err(|cells| {
            format!(
                "line {line} has {} in place of 3",
                count_of(cells.len(), "cell", "cells")
            )
        })?;
        let address = |text: &str| {
            text.parse()
                .map_err(|error| format!("line {line}: {text}: {error}"))
        };
        numbers.push(line);
        lines.push(Membership {
            group: address(&group)?,
            name,
            member: if member.is_empty() {
                None
            } else {
                Some(address(&member)?)
            },
        });
    }
    Ok((numbers, lines))
}

fn count_of(number: usize, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {many}"),
    }
}
