//! `clausa admin log verify`: every stored log, row by row.

use clausa_server::usecase::inspect_log;
use serde_json::json;

use super::{Data, audit};
use crate::cmd::serve::serve_failed;
use crate::context::Context;
use crate::failure::{Failure, Outcome};

/// Verify every stored log: that no entry was changed, removed or reordered
///
/// Computes every entry's hash and every tree anew, and holds them against the signed checkpoints. Finds what was changed in the database behind the authority's back, except in entries of the last minute by somebody who computed their hashes anew as well. That a whole database is not an older copy only those can tell who remember a checkpoint: clausa log verify.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    data: Data,
}

/// Verifies; the first log that is not in order ends it.
pub(super) async fn run(args: Args, context: &Context) -> Outcome {
    let state = args.data.open().await?;
    let outcome = all(&state).await;
    state.store().close().await;
    let verified = outcome?;
    let logs: Vec<_> = verified
        .iter()
        .map(|log| {
            let root: String = log.root.iter().map(|byte| format!("{byte:02x}")).collect();
            json!({ "log": log.log, "entries": log.length, "size": log.size, "detached": log.detached, "root": root })
        })
        .collect();
    context.printer.result(&json!({ "logs": logs }), |words| {
        let entries: u64 = verified.iter().map(|log| log.length).sum();
        let signed: u64 = verified.iter().map(|log| log.size).sum();
        let detached: u64 = verified.iter().map(|log| log.detached).sum();
        words.line(&format!(
            "In order: {} with {entries} entries, {signed} of them signed for.",
            match verified.len() {
                1 => "1 log".to_owned(),
                count => format!("{count} logs"),
            }
        ))?;
        if detached > 0 {
            words.line(&format!(
                "{detached} of them are in detached files: verify those with clausa admin log read."
            ))?;
        }
        Ok(())
    })
}

async fn all(state: &clausa_server::AppState) -> Result<Vec<audit::Verified>, Failure> {
    let mut verified = Vec::new();
    let tenants = inspect_log::tenants(state).await;
    for tenant in tenants.map_err(|error| serve_failed(&error))? {
        verified.push(audit::verify(state, tenant).await?);
    }
    Ok(verified)
}
