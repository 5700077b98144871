//! `clausa unprotect`: the content in clear, for those who may.

use std::path::PathBuf;

use clausa_client::{Sink, Source, UnprotectOptions, Unprotected, Workers};
use serde_json::json;

use crate::cmd::open;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::terms;

/// Take protection off: write the content out in clear
///
/// Needs EXPORT or OWNER, always asks the authority, and stands in the owner's log. The protected file stays. The output appears when the whole file has been verified, or not at all.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The protected file; - for the standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where the content goes: a file, a folder, or - for the standard output; the original name beside FILE otherwise
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// Replace an output that is there already
    #[arg(short, long)]
    force: bool,
    /// How many threads work on a large file, 1 to 16; two if the machine has two processors
    #[arg(long, value_name = "N", value_parser = terms::workers)]
    workers: Option<Workers>,
}

/// What to do.
pub struct Plan {
    source: Source,
    output: Option<Sink>,
    overwrite: bool,
    workers: Workers,
}

impl Args {
    /// The standard input's content goes to the standard output unless an output is named.
    pub fn resolve(self) -> Outcome<Plan> {
        let source = Source::from_argument(self.file);
        let output = match self.output {
            Some(path) => Some(Sink::from_argument(path)),
            None if source == Source::StandardInput => Some(Sink::StandardOutput),
            None => None,
        };
        Ok(Plan {
            source,
            output,
            overwrite: self.force,
            workers: self.workers.unwrap_or_default(),
        })
    }
}

/// Takes protection off.
pub async fn run(plan: Plan, context: &Context) -> Outcome {
    if plan.output == Some(Sink::StandardOutput) && context.printer.is_json() {
        return Err(
            Failure::usage("--json and the content cannot both go to the standard output")
                .advise("Name an output with -o."),
        );
    }
    let client = context.client().await?;
    let label = plan.source.path().display().to_string();
    let _busy = context.stop.busy();
    let unprotected = open::introduced(context, &client, &label, async || {
        let progress = context.progress(&label);
        let options = UnprotectOptions {
            output: plan.output.clone(),
            overwrite: plan.overwrite,
            workers: plan.workers,
            progress: progress.callback(),
        };
        let outcome = client.unprotect(plan.source.clone(), options).await;
        progress.finish();
        outcome
    })
    .await?;
    if plan.output == Some(Sink::StandardOutput) {
        return Ok(());
    }
    report(context, &label, &unprotected)
}

fn report(context: &Context, label: &str, done: &Unprotected) -> Outcome {
    let value = json!({
        "source": label,
        "output": done.output,
        "content_id": done.content_id,
        "bytes": done.bytes,
        "rights": done.rights,
        "changed": terms::change_value(&done.seal),
    });
    context.printer.result(&value, |words| {
        let output = done.output.display();
        words.line(&format!(
            "{label} -> {output} ({}), in clear. The owner sees this in the log.",
            terms::size(done.bytes)
        ))?;
        terms::change(&done.seal).map_or(Ok(()), |change| words.line(&format!("{change}.")))
    })
}
