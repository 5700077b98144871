//! `clausa reprotect`: the same content under other terms.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use clausa_client::{OpenError, ProtectOptions, Protected, Registration, ReprotectError, Sink, Source};
use serde_json::json;

use crate::cmd::open::introduced;
use crate::cmd::protect::Terms;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::terms;

/// Protect the content of a protected file anew, under other terms
///
/// The new file is a file of its own: with a new identifier, a new key and you as its owner. It remembers, encrypted, from which one it was made. The content is not written out in clear on the way.
///
/// Needs EXPORT or OWNER, always asks the authority, and stands in the owner's log as the removal of protection, because the old terms do not bind the new file. Copies of the old file keep their terms; to end them: clausa revoke.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  clausa reprotect plan.docx.clausa --to p.dover@fabrikam.example --rights VIEW,PRINT -o for-dover.docx.clausa
  clausa reprotect plan.docx.clausa --template confidential-view-only --in-place")]
pub struct Args {
    /// The protected file; - for the standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    terms: Terms,
    /// Where the new file goes: a file, a folder, or - for the standard output
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// Put the new file in the place of the old one
    #[arg(long, conflicts_with_all = ["output", "force"])]
    in_place: bool,
    /// Replace an output that is there already
    #[arg(short, long)]
    force: bool,
    /// Do not tell the authority the file's name; the log then shows its identifier only
    #[arg(long)]
    no_name: bool,
}

/// What to do.
pub struct Plan {
    source: Source,
    options: ProtectOptions,
    in_place: bool,
}

impl Args {
    /// Refuses what contradicts itself before any file is touched.
    pub fn resolve(self) -> Outcome<Plan> {
        let mut options = self.terms.resolve()?;
        options.overwrite = self.force;
        if self.no_name {
            options.registration = Registration::WithoutName;
        }
        options.output = self.output.map(Sink::from_argument);
        let source = Source::from_argument(self.file);
        if !self.in_place && options.output.is_none() {
            return Err(Failure::usage("where does the new file go? Nothing says so yet")
                .advise("Name it with -o OUT, or put it in the place of the old one with --in-place."));
        }
        if self.in_place && source == Source::StandardInput {
            return Err(Failure::usage("the standard input has no place for the new file")
                .advise("Name an output with -o."));
        }
        Ok(Plan {
            source,
            options,
            in_place: self.in_place,
        })
    }
}

/// Protects anew and reports.
pub async fn run(plan: Plan, context: &Context) -> Outcome {
    let to_stdout = plan.options.output == Some(Sink::StandardOutput);
    if to_stdout && std::io::stdout().is_terminal() {
        return Err(
            Failure::usage("a protected file is binary and is not written to a terminal")
                .advise("Name an output with -o, or send the output through a pipe."),
        );
    }
    if to_stdout && context.printer.is_json() {
        return Err(
            Failure::usage("--json and the protected file cannot both go to the standard output")
                .advise("Name an output with -o."),
        );
    }
    let client = context.client().await?;
    let label = plan.source.path().display().to_string();
    let _busy = context.stop.busy();
    let done = introduced(context, &client, &label, async || {
        let progress = context.progress(&label);
        let mut options = plan.options.clone();
        options.progress = progress.callback();
        let outcome = client
            .reprotect(plan.source.clone(), options, plan.in_place)
            .await;
        progress.finish();
        to_open(outcome)
    })
    .await?;
    let protected = done.map_err(|error| Failure::from(error).at_output().about(&label))?;
    if to_stdout {
        return Ok(());
    }
    report(context, &label, &protected)
}

/// What `introduced` can cure stands outside, everything else inside.
fn to_open<T>(outcome: Result<T, ReprotectError>) -> Result<Result<T, ReprotectError>, OpenError> {
    match outcome {
        Err(ReprotectError::Open(error)) => Err(error),
        other => Ok(other),
    }
}

fn report(context: &Context, label: &str, done: &Protected) -> Outcome {
    let value = json!({
        "source": label,
        "output": done.output,
        "content_id": done.content_id,
        "authority": done.origin,
        "tenant": done.tenant,
        "bytes": done.plaintext_bytes,
        "protected_bytes": done.protected_bytes,
        "registered": done.registered,
    });
    context.printer.result(&value, |words| {
        let output = done.output.display();
        words.line(&format!(
            "{label} -> {output} ({}), under new terms. The owner of the old file sees this in the log.",
            terms::size(done.protected_bytes)
        ))?;
        if done.registered {
            return Ok(());
        }
        words.aside("The authority could not be reached: it is told of the file the next time.")
    })
}
