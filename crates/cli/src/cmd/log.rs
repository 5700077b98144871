//! `clausa log`: who asked for what, and what came of it.

use std::path::PathBuf;

use clausa_api::log::{LogEntry, LogPage, LogQuery};
use clausa_client::{Client, ContentReference};
use clausa_core::id::ContentId;
use clausa_core::time::Timestamp;
use serde_json::json;

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::terms;

mod verify;

/// What the columns of [`row`] are.
pub const HEADING: [&str; 7] = ["NUMBER", "TIME", "WHO", "REQUEST", "RESULT", "FILE", "RIGHTS"];

/// As many entries as an authority gives at once.
const LARGEST_PAGE: u32 = 1000;

/// Show the log: who opened, was refused or changed what
///
/// You see what concerns you and the files you own, the newest entries last.
#[derive(clap::Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    /// Only what concerns this file: a protected file or a content id
    #[arg(value_name = "FILE|ID")]
    content: Option<String>,
    /// The first entries after this number instead of the newest ones
    #[arg(long, value_name = "NUMBER")]
    after: Option<u64>,
    /// At most this many entries
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Verify the log: that nobody has changed, removed or added what was signed for
    ///
    /// The authority keeps each organisation's log as a tree of hashes and signs for it. This checks the signature up to the root that your profile has pinned, that the log has only grown since you last verified it, and that every entry that you see is the one that was signed for. Then it remembers the signature for the next time. Entries of the last minute may not be in the tree yet. It cannot show that the authority keeps entries from you that you have never seen.
    Verify,
}

/// What to do.
pub enum Plan {
    /// Show entries.
    Show(Show),
    /// Verify the log.
    Verify,
}

/// Which entries to show.
pub struct Show {
    content: Option<ContentReference>,
    after: Option<u64>,
    limit: u32,
}

impl Args {
    /// An identifier is one by its form; anything else names a file.
    pub fn resolve(self) -> Outcome<Plan> {
        if let Some(Action::Verify) = self.action {
            return Ok(Plan::Verify);
        }
        Ok(Plan::Show(Show {
            content: self.content.map(|text| reference(&text)),
            after: self.after,
            limit: self.limit,
        }))
    }
}

/// Shows the entries, or verifies the log.
pub async fn run(plan: Plan, context: &Context) -> Outcome {
    match plan {
        Plan::Show(plan) => show(plan, context).await,
        Plan::Verify => verify::run(context).await,
    }
}

async fn show(plan: Show, context: &Context) -> Outcome {
    let client = context.client().await?;
    let content = match plan.content {
        None => None,
        Some(ContentReference::Id(id)) => Some(id),
        Some(ContentReference::File(path)) => Some(id_of(&client, path).await?),
    };
    let page = match plan.after {
        Some(after) => page(&client, content, Some(after), plan.limit).await?,
        None => newest(&client, content, plan.limit as usize).await?,
    };
    context
        .printer
        .result(&json!({ "entries": page.entries, "next": page.next }), |words| {
            if page.entries.is_empty() {
                return words.line("There is nothing in the log yet.");
            }
            let mut rows = vec![HEADING.map(String::from).to_vec()];
            rows.extend(page.entries.iter().map(row));
            words.table(&rows)?;
            if let Some(next) = page.next {
                words.line(&format!("There is more: clausa log --after {next}"))?;
            }
            Ok(())
        })
}

async fn page(
    client: &Client,
    content: Option<ContentId>,
    after: Option<u64>,
    limit: u32,
) -> Outcome<LogPage> {
    let query = LogQuery {
        content,
        after,
        limit: Some(limit),
    };
    Ok(client.log(&query).await?)
}

/// The last `count` entries: the authority gives them oldest first.
async fn newest(client: &Client, content: Option<ContentId>, count: usize) -> Outcome<LogPage> {
    let (mut entries, mut after) = (Vec::new(), None);
    loop {
        let page = page(client, content, after, LARGEST_PAGE).await?;
        entries.extend(page.entries);
        entries.drain(..entries.len().saturating_sub(count));
        match page.next {
            // An authority that does not go forward would be asked for ever.
            Some(next) if after.is_none_or(|before| next > before) => after = Some(next),
            _ => return Ok(LogPage { entries, next: None }),
        }
    }
}

/// An entry as a row of a table.
pub fn row(entry: &LogEntry) -> Vec<String> {
    let file = entry
        .file_name
        .clone()
        .or_else(|| entry.content.map(|id| id.to_string()))
        .unwrap_or_default();
    vec![
        entry.sequence.to_string(),
        terms::moment(Timestamp::from_seconds(entry.at_micros / 1_000_000)),
        if entry.user.is_empty() {
            "nobody".to_owned()
        } else {
            entry.user.clone()
        },
        entry.request.as_str().to_owned(),
        entry.result.clone(),
        file,
        entry.rights.clone().unwrap_or_default().replace(',', " "),
    ]
}

/// A content id or a file.
pub fn reference(text: &str) -> ContentReference {
    match text.parse::<ContentId>() {
        Ok(id) => ContentReference::Id(id),
        Err(_) => ContentReference::File(PathBuf::from(text)),
    }
}

async fn id_of(client: &Client, path: PathBuf) -> Outcome<ContentId> {
    match client.inspect(&path).await {
        Ok(inspection) => Ok(inspection.content_id),
        Err(error) => Err(Failure::from(error).about(&path.display().to_string())),
    }
}
