//! `clausa log verify`: whether the log says what it said before.

use serde_json::json;

use crate::context::Context;
use crate::failure::Outcome;

/// Verifies the log of one's organisation and says in words what that shows.
pub(super) async fn run(context: &Context) -> Outcome {
    let found = context.client().await?.verify_log().await?;
    let value = json!({
        "log": found.log,
        "size": found.size,
        "root": found.root,
        "entries_verified": found.entries,
        "entries_pending": found.pending,
        "size_before": found.before,
    });
    context.printer.result(&value, |words| {
        words.line(&format!(
            "The log is in order: {} signed for by the authority.",
            entries(found.size)
        ))?;
        words.line(&match found.before {
            Some(before) if before == found.size => {
                "It is as you last verified it; nothing was added since.".to_owned()
            }
            Some(before) => format!("It had {before} when you last verified it, and has only grown since."),
            None => "You have not verified it before: from now on nothing in it can be changed without your seeing it."
                .to_owned(),
        })?;
        words.line(&format!(
            "{} that you see {} signed for.",
            entries(found.entries),
            if found.entries == 1 { "is as it was" } else { "are as they were" }
        ))?;
        if found.pending > 0 {
            words.line(&format!(
                "{} too new to be signed for yet: verify again in a minute.",
                if found.pending == 1 {
                    "1 more is".to_owned()
                } else {
                    format!("{} more are", found.pending)
                }
            ))?;
        }
        words.field("log", &found.log)?;
        words.field("root hash", &found.root)
    })
}

fn entries(count: u64) -> String {
    match count {
        1 => "1 entry".to_owned(),
        _ => format!("{count} entries"),
    }
}
