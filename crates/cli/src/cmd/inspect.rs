//! `clausa inspect`: what a file's header says to anybody.

use std::path::PathBuf;

use clausa_client::{ChainStatus, Inspection, SealStatus, Source};
use clausa_core::address::Address;
use clausa_core::time::Timestamp;
use serde_json::json;

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::printer::Words;
use crate::terms;

/// Show what a protected file's header says, without signing in and without a network
///
/// Who else may read it is not in the header: the policy is encrypted to the organisation.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The protected file; - for the standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Shows it.
pub async fn run(args: &Args, context: &Context) -> Outcome {
    let label = args.file.display().to_string();
    let inspection = context
        .client()
        .await?
        .inspect(Source::from_argument(&args.file))
        .await
        .map_err(|error| Failure::from(error).about(&label))?;
    context
        .printer
        .result(&value(&inspection), |words| show(words, &inspection))
}

fn show(words: &mut Words<'_>, file: &Inspection) -> std::io::Result<()> {
    words.field("format", &format!("Clausa {}.{}", file.version.0, file.version.1))?;
    words.field("content id", &file.content_id.to_string())?;
    let known = if file.authority_trusted {
        "trusted by this profile"
    } else {
        "not known to this profile"
    };
    words.field("authority", &format!("{} ({known})", file.origin))?;
    words.field("organisation", &file.tenant.to_string())?;
    words.field("protected", &terms::moment(file.issued_at))?;
    let publisher = file
        .publisher
        .as_ref()
        .map_or("not said", |address| address.as_str());
    words.field("by", &format!("{publisher} ({})", chain(&file.chain)))?;
    for (key, suite) in &file.wraps {
        words.field("key wrap", &format!("{suite}, key {key}"))?;
    }
    if let Some((template, label)) = &file.hint {
        let template = template.map(|id| id.to_string());
        words.field(
            "template",
            label.as_deref().or(template.as_deref()).unwrap_or("not named"),
        )?;
    }
    words.field("seal", &seal(&file.seal))?;
    if let Some((by, at, revision)) = change(&file.seal) {
        words.field(
            "changed",
            &format!("by {by} on {} (revision {revision})", terms::moment(at)),
        )?;
    }
    words.field(
        "size",
        &format!(
            "{}: header {}, body {}, seal {}",
            terms::size(file.header_bytes + file.body_bytes + file.seal_bytes),
            terms::size(file.header_bytes),
            terms::size(file.body_bytes),
            terms::size(file.seal_bytes)
        ),
    )
}

fn chain(status: &ChainStatus) -> String {
    match status {
        ChainStatus::Verified => "verified".to_owned(),
        ChainStatus::AuthorityNotTrusted => "claimed; nobody here can verify it".to_owned(),
        ChainStatus::Refused { reason } => format!("FALSE: {reason}"),
        _ => "unknown".to_owned(),
    }
}

fn seal(status: &SealStatus) -> String {
    match status {
        SealStatus::Signed {
            sealed_at,
            revision,
            signer,
        } => {
            let signer = signer
                .as_ref()
                .map_or_else(String::new, |signer| format!(" by {signer}"));
            format!(
                "signed{signer}, {}, revision {revision}",
                terms::moment(*sealed_at)
            )
        }
        SealStatus::NotChecked => "there; nobody here can verify it".to_owned(),
        SealStatus::Refused { reason } => format!("BROKEN: {reason}"),
        _ => "unknown".to_owned(),
    }
}

/// Who changed the text last, by the verified seal; `None` for one that is as it was protected.
fn change(status: &SealStatus) -> Option<(&Address, Timestamp, u64)> {
    match status {
        SealStatus::Signed {
            sealed_at,
            revision: revision @ 1..,
            signer: Some(signer),
        } => Some((signer, *sealed_at, *revision)),
        _ => None,
    }
}

fn value(file: &Inspection) -> serde_json::Value {
    let (chain, chain_reason) = match &file.chain {
        ChainStatus::Verified => ("verified", None),
        ChainStatus::AuthorityNotTrusted => ("authority-not-trusted", None),
        ChainStatus::Refused { reason } => ("refused", Some(reason)),
        _ => ("unknown", None),
    };
    let seal = match &file.seal {
        SealStatus::Signed {
            sealed_at,
            revision,
            signer,
        } => {
            json!({ "status": "signed", "sealed_at": sealed_at, "revision": revision, "signer": signer })
        }
        SealStatus::NotChecked => json!({ "status": "not-checked" }),
        SealStatus::Refused { reason } => json!({ "status": "refused", "reason": reason }),
        _ => json!({ "status": "unknown" }),
    };
    let wraps: Vec<_> = file
        .wraps
        .iter()
        .map(|(key, suite)| json!({ "key": key, "suite": suite }))
        .collect();
    json!({
        "version": format!("{}.{}", file.version.0, file.version.1),
        "content_id": file.content_id,
        "tenant": file.tenant,
        "authority": file.origin,
        "authority_trusted": file.authority_trusted,
        "issued_at": file.issued_at,
        "publisher": file.publisher,
        "chain": chain,
        "chain_reason": chain_reason,
        "digest": file.digest,
        "wraps": wraps,
        "template": file.hint.as_ref().and_then(|(template, _)| *template),
        "label": file.hint.as_ref().and_then(|(_, label)| label.clone()),
        "seal": seal,
        "changed": change(&file.seal)
            .map(|(by, at, revision)| json!({ "by": by, "at": at, "revision": revision })),
        "header_bytes": file.header_bytes,
        "body_bytes": file.body_bytes,
        "seal_bytes": file.seal_bytes,
    })
}
