//! `clausa admin forget`: takes a person out of what the authority remembers.

use clausa_core::address::Address;
use clausa_server::usecase::forget::{ForgetError, forget};
use serde_json::json;

use super::Data;
use crate::cmd::serve::serve_failed;
use crate::context::Context;
use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome};

/// Forget a person: account, sessions, devices, and every name in the log
///
/// The log stays verifiable: what named the person stands in its tree as salted hashes, and the salts are erased. Files that the person owns stay and go on opening for those they name; files that were protected without a network and never registered do not open any more. Whoever proves the address later begins anew, and is the owner of those files again. Not reached: files that were sent, months of the log that were detached before (see clausa admin log), and backups.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// An address of the person
    #[arg(value_name = "EMAIL")]
    address: String,
    #[command(flatten)]
    data: Data,
}

/// Forgets.
pub(super) async fn run(args: Args, context: &Context) -> Outcome {
    let address: Address = args.address.parse()?;
    let state = args.data.open().await?;
    let outcome = forget(&state, &address).await;
    state.store().close().await;
    let report = outcome.map_err(|error| match error {
        ForgetError::Unknown(address) => {
            Failure::new(Kind::NotFound, format!("no account has the address {address}"))
                .advise("Check the address.")
        }
        other => serve_failed(&other),
    })?;
    let value = json!({ "forgotten": true, "entries": report.entries, "files": report.files });
    context.printer.result(&value, |words| {
        words.line(&format!(
            "Forgotten. The account is closed; names and addresses are gone from {} of the log and from {}, which stay.",
            count(report.entries, "entry", "entries"),
            count(report.files, "file", "files"),
        ))
    })
}

fn count(number: u64, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {many}"),
    }
}
