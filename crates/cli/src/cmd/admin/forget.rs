//! `clausa admin forget`: takes a person out of what the authority remembers.

use std::path::PathBuf;

use clausa_core::address::Address;
use clausa_core::time::Timestamp;
use clausa_server::usecase::forget::{self, ForgetError, ForgetReport};
use clausa_server::{AppState, usecase::inspect_log};
use serde_json::json;

use super::{Data, log};
use crate::cmd::serve::serve_failed;
use crate::context::Context;
use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome};
use crate::terms;

/// Forget a person: account, sessions, devices, and every name in the log
///
/// The log stays verifiable: what named the person stands in its tree as salted hashes, and the salts are erased, in the database and in the files of months that were detached (--detached). An entry says that a person was forgotten, by whom and when, and not who. Files that the person owns stay and go on opening for those they name; files that were protected without a network and never registered do not open any more. Whoever proves the address later begins anew, and does not own those files. Not reached: files that were sent, and backups, about which it tells what to do.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// An address of the person
    #[arg(value_name = "EMAIL")]
    address: String,
    #[command(flatten)]
    data: Data,
    /// Folder with the files of clausa admin log detach; may be given several times
    #[arg(long, value_name = "DIR")]
    detached: Vec<PathBuf>,
    /// Go on although files of detached months are not there, and leave them as they are
    #[arg(long)]
    leave_detached: bool,
    /// Who forgets, as the log will say
    #[arg(long, value_name = "NAME", default_value = "operator")]
    by: String,
}

/// What was forgotten, and where the person still is.
struct Told {
    report: ForgetReport,
    detached: log::Rewritten,
    since: Timestamp,
    until: Timestamp,
}

/// Forgets.
pub(super) async fn run(args: Args, context: &Context) -> Outcome {
    let address: Address = args.address.parse()?;
    if args.by.is_empty() || args.by.len() > 128 || args.by.chars().any(char::is_control) {
        return Err(Failure::usage("--by is a short name").advise("Write who you are in one line."));
    }
    let state = args.data.open().await?;
    let outcome = all(&state, &address, &args).await;
    state.store().close().await;
    tell(context, &outcome?)
}

/// Files first: while the person is in the database, it can be called again.
async fn all(state: &AppState, address: &Address, args: &Args) -> Outcome<Told> {
    let person = forget::find(state, address).await.map_err(failure)?;
    let parts = log::parts_in(&args.detached)?;
    if !args.leave_detached {
        for tenant in inspect_log::tenants(state)
            .await
            .map_err(|error| serve_failed(&error))?
        {
            let log = inspect_log::log(state, tenant).await;
            let detached = log.map_err(|error| serve_failed(&error))?.tree.detached;
            if let Some(missing) = parts.first_missing(tenant, detached) {
                return Err(Failure::usage(format!(
                    "entries of the log of {tenant} were detached into files, and the one with number {missing} is in none that was named"
                ))
                .advise("Name the folders with --detached, or forget without them: --leave-detached."));
            }
        }
    }
    let detached = parts.rewrite(state, &person)?;
    let report = forget::forget(state, &person, &args.by).await.map_err(failure)?;
    Ok(Told {
        report,
        detached,
        since: person.since(),
        until: state.now(),
    })
}

fn failure(error: ForgetError) -> Failure {
    match error {
        ForgetError::Unknown(address) => {
            Failure::new(Kind::NotFound, format!("no account has the address {address}"))
                .advise("Check the address.")
        }
        other => serve_failed(&other),
    }
}

fn tell(context: &Context, told: &Told) -> Outcome {
    let Told {
        report,
        detached,
        since,
        until,
    } = told;
    let value = json!({
        "forgotten": true,
        "entries": report.entries,
        "files": report.files,
        "detached_entries": detached.entries,
        "detached_files": detached.files,
        "backups_since": since,
        "backups_until": until,
    });
    context.printer.result(&value, |words| {
        words.line(&format!(
            "Forgotten. The account is closed; names and addresses are gone from {} of the log and from {}, which stay.",
            count(report.entries, "entry", "entries"),
            count(report.files, "file", "files"),
        ))?;
        for file in &detached.files {
            words.line(&format!("{} was written anew, without the person.", file.display()))?;
        }
        words.line(&format!(
            "Backups of the authority, and copies of detached months, made between {} and {} still hold the person. Delete them, or after restoring one forget the person again before it serves.",
            terms::moment(*since),
            terms::moment(*until)
        ))
    })
}

fn count(number: u64, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {many}"),
    }
}
