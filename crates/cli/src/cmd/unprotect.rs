//! `clausa unprotect`: the content in clear, for those who may.

use std::io;
use std::path::PathBuf;

use clausa_client::{ProgressCallback, Sink, Source, UnprotectOptions, Unprotected, Workers};
use serde_json::{Value, json};

use crate::cmd::open;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::printer::Words;
use crate::terms;

mod several;

/// Take protection off: write the content out in clear
///
/// Needs EXPORT or OWNER, always asks the authority, and stands in the owner's log. The protected file stays. The output appears when the whole file has been verified, or not at all.
///
/// Several files are asked for together, each judged for itself: those that can be are written, and each failure is told.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  clausa unprotect plan.docx.clausa
  clausa unprotect *.clausa -o out/
  clausa unprotect folder.tar.clausa -o - | tar t")]
pub struct Args {
    /// Protected files; - for the standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
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
    sources: Vec<Source>,
    output: Option<Sink>,
    overwrite: bool,
    workers: Workers,
}

impl Args {
    /// One output for one file, a folder for several. The standard input's content goes to the standard output unless an
    /// output is named.
    pub fn resolve(self) -> Outcome<Plan> {
        let sources: Vec<Source> = self.files.into_iter().map(Source::from_argument).collect();
        let has_pipe = sources.contains(&Source::StandardInput);
        if has_pipe && sources.len() > 1 {
            return Err(Failure::usage("the standard input goes alone"));
        }
        let output = match self.output {
            Some(path) if sources.len() > 1 && !path.is_dir() => {
                let path = path.display();
                return Err(
                    Failure::usage(format!("several files need a folder, and {path} is none"))
                        .advise("Make the folder first, or unprotect the files one by one."),
                );
            }
            Some(path) => Some(Sink::from_argument(path)),
            None if has_pipe => Some(Sink::StandardOutput),
            None => None,
        };
        Ok(Plan {
            sources,
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
    if let [source] = plan.sources.as_slice() {
        return one(source.clone(), &plan, context).await;
    }
    several::run(plan, context).await
}

impl Plan {
    fn options(&self, progress: ProgressCallback) -> UnprotectOptions {
        UnprotectOptions {
            output: self.output.clone(),
            overwrite: self.overwrite,
            workers: self.workers,
            progress,
        }
    }
}

async fn one(source: Source, plan: &Plan, context: &Context) -> Outcome {
    let client = context.client().await?;
    let label = source.path().display().to_string();
    let _busy = context.stop.busy();
    let unprotected = open::introduced(context, &client, &label, async || {
        let progress = context.progress(&label);
        let outcome = client.unprotect(source.clone(), plan.options(progress.callback()));
        let outcome = outcome.await;
        progress.finish();
        outcome
    })
    .await?;
    if plan.output == Some(Sink::StandardOutput) {
        return Ok(());
    }
    context.printer.result(&value(&label, &unprotected), |words| {
        told(words, &label, &unprotected)
    })
}

fn value(label: &str, done: &Unprotected) -> Value {
    json!({
        "source": label,
        "output": done.output,
        "content_id": done.content_id,
        "bytes": done.bytes,
        "rights": done.rights,
        "changed": terms::change_value(&done.seal),
    })
}

fn told(words: &mut Words<'_>, label: &str, done: &Unprotected) -> io::Result<()> {
    let output = done.output.display();
    words.line(&format!(
        "{label} -> {output} ({}), in clear. The owner sees this in the log.",
        terms::size(done.bytes)
    ))?;
    terms::change(&done.seal).map_or(Ok(()), |change| words.line(&format!("{change}.")))
}
