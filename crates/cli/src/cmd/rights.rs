//! `clausa rights`: what may I do with this file?

use std::path::PathBuf;

use clausa_client::{LicenceOrigin, Source};
use clausa_core::rights::Right;
use serde_json::json;

use crate::cmd::open::introduced;
use crate::context::Context;
use crate::failure::Outcome;
use crate::terms;

/// Show what you may do with a protected file, until when, online or offline
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The protected file; - for the standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Shows it.
pub async fn run(args: &Args, context: &Context) -> Outcome {
    let client = context.client().await?;
    let source = Source::from_argument(&args.file);
    let label = args.file.display().to_string();
    let report = introduced(context, &client, &label, async || {
        client.rights(source.clone()).await
    })
    .await?;
    let facts = report.facts;
    let offline = (facts.offline_until > facts.issued_at).then_some(facts.offline_until);
    let kept = facts.origin == LicenceOrigin::Kept;
    let value = json!({
        "content_id": report.content_id,
        "authority": report.origin,
        "publisher": report.publisher,
        "rights": report.rights,
        "owner": report.rights.contains(Right::Owner),
        "export": report.rights.contains(Right::Export),
        "not_after": facts.not_after,
        "offline_until": offline,
        "issued_at": facts.issued_at,
        "licence": if kept { "kept" } else { "fetched" },
    });
    context.printer.result(&value, |words| {
        words.field("from", report.publisher.as_str())?;
        words.field("you may", &report.rights.to_string().replace(',', " "))?;
        let clear = if report.rights.contains(Right::Export) {
            "yes; it stands in the log"
        } else {
            "no"
        };
        words.field("in clear", clear)?;
        words.field(
            "until",
            &facts.not_after.map_or_else(|| "no end".to_owned(), terms::moment),
        )?;
        let offline = offline.map_or_else(
            || "no: the authority is asked each time".to_owned(),
            |at| format!("until {}", terms::moment(at)),
        );
        words.field("offline", &offline)?;
        words.field(
            "licence",
            if kept {
                "kept on this device"
            } else {
                "from the authority, just now"
            },
        )
    })
}
