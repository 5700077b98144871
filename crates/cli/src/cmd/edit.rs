//! `clausa edit`: another text under the same licence.

use std::fs::File;
use std::io::{Read, Seek as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clausa_client::{
    Client, EditError, EditOptions, EditSession, Edited, KeptText, SavedRevision, Source, Unsaved,
};
use clausa_core::prefix::MAGIC;
use serde_json::json;

use crate::cmd::open::introduced;
use crate::context::{Context, quoted};
use crate::editor::Editor;
use crate::failure::{Failure, Outcome};
use crate::terms;

/// How long a save that has been told to stop may take to put the changed text where it is not lost.
const GRACE: Duration = Duration::from_secs(60);

/// Change a protected file: edit its text, or give it a new one
///
/// Needs the rights VIEW and EDIT. The file keeps its terms, its owner and its identifier; everybody who opens it sees who changed it last and when. The authority is asked when the file is opened and again when it is saved, so that a right that was withdrawn in between counts; within the offline window both work without a network.
///
/// The editor is the one that VISUAL or EDITOR names, with arguments as the shell reads them. It gets the text in clear, as a file in a private folder that only you can enter and that is removed when the editor ends. Should clausa be killed, the next command that uses your profile removes it. Removed is not wiped: on a disk, blocks may keep the text until they are used again, so the folder stands in your session's memory (XDG_RUNTIME_DIR) where there is room. An editor that shows its own window has to wait for you: `code --wait`, `gvim -f`.
///
/// The protected file is replaced in one step. If somebody else has saved it in the meantime, or saving fails otherwise, it stays as it is and your text goes into a new protected file beside it.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  clausa edit letter.md.clausa
  clausa edit letter.md.clausa --editor 'code --wait'
  clausa edit plan.pdf.clausa --from plan-2.pdf
  report | clausa edit figures.csv.clausa --from -")]
pub struct Args {
    /// The protected file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Editor to use, with its arguments (else VISUAL, else EDITOR)
    #[arg(long, value_name = "COMMAND", conflicts_with = "from")]
    editor: Option<String>,
    /// Start no editor and take the new text from this file; - for the standard input
    #[arg(long, value_name = "NEWFILE")]
    from: Option<PathBuf>,
    /// Save to another file and leave FILE as it is
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// Replace an output that is there already
    #[arg(short, long, requires = "output")]
    force: bool,
}

/// What to do.
pub struct Plan {
    file: PathBuf,
    way: Way,
    output: Option<PathBuf>,
    overwrite: bool,
}

enum Way {
    Editor(Editor),
    From(Source),
}

impl Args {
    /// Finds the editor and refuses what contradicts itself before any file is touched.
    pub fn resolve(self) -> Outcome<Plan> {
        let is_pipe = |path: &Path| path == Path::new("-");
        if is_pipe(&self.file) {
            return Err(
                Failure::usage("what comes through a pipe cannot be changed in place")
                    .advise("Name the protected file."),
            );
        }
        if self.output.as_deref().is_some_and(is_pipe) {
            return Err(Failure::usage("a changed file goes into a file").advise("Name an output with -o."));
        }
        let way = match self.from {
            Some(path) => Way::From(Source::from_argument(path)),
            None => Way::Editor(Editor::choose(self.editor)?),
        };
        Ok(Plan {
            file: self.file,
            way,
            output: self.output,
            overwrite: self.force,
        })
    }
}

/// Lets the person edit, or takes the new text, and saves.
pub async fn run(plan: Plan, context: &Context) -> Outcome {
    let client = context.client().await?;
    let label = plan.file.display().to_string();
    match &plan.way {
        Way::From(source) => {
            let saved = take(context, &client, &plan, source, &label).await?;
            report(context, &label, saved, None)
        }
        Way::Editor(editor) => {
            let session = begin(context, &client, &plan, &label).await?;
            let edited = let_edit(context, session, editor, &label).await?;
            report(context, &label, edited.saved, edited.left_behind)
        }
    }
}

async fn begin(context: &Context, client: &Client, plan: &Plan, label: &str) -> Outcome<EditSession> {
    let _busy = context.stop.busy();
    let session = introduced(context, client, label, async || {
        let begun = client.begin_edit(&plan.file, options(plan, context, label)).await;
        to_open(begun)
    })
    .await?;
    session.map_err(|error| about(error, plan, label))
}

async fn let_edit(context: &Context, session: EditSession, editor: &Editor, label: &str) -> Outcome<Edited> {
    let _busy = context.stop.busy_for(GRACE);
    let mut text = format!("Editing {label}, from {}.", session.publisher());
    if let Some(change) = terms::change(session.seal_report()) {
        text.push_str(&format!(" {change}."));
    }
    context.printer.note(&text);
    // The editor has the terminal until it ends.
    match tokio::task::block_in_place(|| editor.run(session.path(), &context.stop)) {
        Ok(()) => session.save().await.map_err(|unsaved| not_saved(unsaved, label)),
        Err(failure) => {
            let kept = session.set_aside().await;
            Err(with_text(failure, &kept, label))
        }
    }
}

/// Saves what a file or a pipe gives.
async fn take(
    context: &Context,
    client: &Client,
    plan: &Plan,
    source: &Source,
    label: &str,
) -> Outcome<Option<SavedRevision>> {
    // A pipe can be read once: a refusal that can be cured on the terminal comes before.
    introduced(context, client, label, async || {
        client.rights(Source::file(&plan.file)).await
    })
    .await?;
    let (text, length) = new_text(source)?;
    let _busy = context.stop.busy_for(GRACE);
    let progress = context.progress(label);
    let options = EditOptions {
        progress: progress.callback(),
        ..options(plan, context, label)
    };
    let saved = client.save_changed(&plan.file, text, length, options).await;
    progress.finish();
    saved.map_err(|error| about(error, plan, label))
}

fn options(plan: &Plan, context: &Context, label: &str) -> EditOptions {
    EditOptions {
        output: plan.output.clone(),
        overwrite: plan.overwrite,
        progress: context.progress(label).callback(),
    }
}

/// A protected file in the place of the text is a mistake: nobody would want to open twice.
fn new_text(source: &Source) -> Outcome<(Box<dyn Read + Send>, Option<u64>)> {
    let Source::File(path) = source else {
        return Ok((Box::new(std::io::stdin()), None));
    };
    let unreadable = |error: std::io::Error| Failure::from_read(&error, &path.display().to_string());
    let mut file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(unreadable(std::io::ErrorKind::IsADirectory.into()));
    }
    if !metadata.is_file() {
        return Ok((Box::new(file), None));
    }
    let mut start = Vec::new();
    file.by_ref()
        .take(MAGIC.len() as u64)
        .read_to_end(&mut start)
        .map_err(unreadable)?;
    if start == MAGIC {
        let what = format!("{} is a protected file itself", path.display());
        return Err(Failure::usage(what).advise("Give the new text in clear with --from."));
    }
    file.rewind().map_err(unreadable)?;
    Ok((Box::new(file), Some(metadata.len())))
}

/// What `introduced` can cure stands outside, everything else inside.
fn to_open<T>(outcome: Result<T, EditError>) -> Result<Result<T, EditError>, clausa_client::OpenError> {
    match outcome {
        Err(EditError::Open(error)) => Err(error),
        other => Ok(other),
    }
}

fn about(error: EditError, plan: &Plan, label: &str) -> Failure {
    let at_output =
        matches!(&error, EditError::Io { path, .. } if *path != plan.file || plan.output.is_none());
    let failure = Failure::from(error);
    if at_output {
        failure.at_output().about(label)
    } else {
        failure.about(label)
    }
}

fn not_saved(unsaved: Unsaved, label: &str) -> Failure {
    let failure = Failure::from(unsaved.error).at_output().about(label);
    with_text(failure, &unsaved.text, label)
}

/// Says where the text is that was not saved.
fn with_text(failure: Failure, text: &KeptText, label: &str) -> Failure {
    let told = match text {
        KeptText::Protected(path) => format!(
            "Your text was kept, protected like the file: clausa open {}",
            quoted(&path.display().to_string())
        ),
        KeptText::InClear(path) => {
            let path = quoted(&path.display().to_string());
            let label = quoted(label);
            format!(
                "Your text is in clear in a folder that only you can enter. Save it as soon as it can be, then remove it:\n\
                 clausa edit {label} --from {path} && rm {path}"
            )
        }
        _ => return failure,
    };
    let advice = format!("{told}\n{}", failure.advice());
    failure.advise(advice)
}

fn report(
    context: &Context,
    label: &str,
    saved: Option<SavedRevision>,
    left_behind: Option<PathBuf>,
) -> Outcome {
    if let Some(path) = left_behind {
        context.printer.note(&format!(
            "{} holds the text in clear and could not be removed. Please remove it.",
            path.display()
        ));
    }
    let Some(saved) = saved else {
        return context
            .printer
            .result(&json!({ "file": label, "saved": null }), |words| {
                words.line(&format!(
                    "{label}: the text is the same as before; nothing was written."
                ))
            });
    };
    let value = json!({ "file": label, "saved": {
        "output": saved.output,
        "content_id": saved.content_id,
        "revision": saved.revision,
        "at": saved.at,
        "bytes": saved.bytes,
    }});
    context.printer.result(&value, |words| {
        words.line(&format!(
            "{} is saved as revision {} ({}). Readers see that you changed it.",
            saved.output.display(),
            saved.revision,
            terms::size(saved.bytes)
        ))
    })
}
