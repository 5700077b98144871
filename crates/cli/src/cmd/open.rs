//! `clausa open`: shows a protected file.

use std::io::{IsTerminal as _, Seek as _};
use std::path::{Path, PathBuf};

use clausa_client::{LicenceOrigin, OpenError, Opened, Sink, Source, UnprotectOptions};
use clausa_core::rights::Right;
use clausa_core::time::Timestamp;
use serde_json::json;

use crate::context::{Context, quoted};
use crate::document::{self, Beginning};
use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome};
use crate::viewer::Viewer;
use crate::{enrol, terms};

/// Open a protected file: text in the terminal, anything else in a viewer
///
/// Viewing needs the right VIEW. Text is shown with its control characters made visible, so that a document cannot command your terminal. Sending the output to a file or a pipe is writing the content out in clear: it needs EXPORT or OWNER, as `clausa unprotect` does, and stands in the owner's log.
///
/// The viewer gets the content on its standard input or, where its command holds {}, as a file in a private folder that is removed when the viewer ends. What the viewer does is up to it: rights other than VIEW, such as not printing or not copying, are kept by the viewer's cooperation and cannot be enforced here.
///
/// Without an account it leads through the sign-up at the terminal and then opens the file.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  clausa open letter.md.clausa
  clausa open plan.pdf.clausa --viewer 'xpdf {}'
  clausa open song.flac.clausa --viewer 'mpv -'")]
pub struct Args {
    /// The protected file; - for the standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Program to show it with; {} stands for the file's name
    #[arg(long, value_name = "COMMAND")]
    viewer: Option<String>,
    /// Not here: writing the content out in clear is `clausa unprotect`
    #[arg(short, long, value_name = "OUT", hide = true)]
    output: Option<PathBuf>,
}

/// What to do.
pub struct Plan {
    source: Source,
    way: Way,
}

enum Way {
    Terminal,
    Viewer(Viewer),
    /// The output is a file or a pipe.
    Clear,
}

impl Plan {
    /// Shows a file on the terminal.
    pub fn on_terminal(path: PathBuf) -> Self {
        Self {
            source: Source::file(path),
            way: Way::Terminal,
        }
    }
}

impl Args {
    /// Chooses the way by what the output is.
    pub fn resolve(self) -> Outcome<Plan> {
        if let Some(output) = self.output {
            let (file, output) = (self.file.display(), output.display());
            return Err(
                Failure::usage("open shows a file and does not write it").advise(format!(
                    "To write it out in clear (needs EXPORT): clausa unprotect {file} -o {output}"
                )),
            );
        }
        let way = match self.viewer {
            Some(text) => Way::Viewer(Viewer::parse(&text).map_err(Failure::usage)?),
            None if std::io::stdout().is_terminal() => Way::Terminal,
            None => Way::Clear,
        };
        Ok(Plan {
            source: Source::from_argument(self.file),
            way,
        })
    }
}

/// Opens and shows.
pub async fn run(plan: Plan, context: &Context) -> Outcome {
    let client = context.client().await?;
    let label = plan.source.path().display().to_string();
    if context.printer.is_json() {
        let opened = introduced(context, &client, &label, async || {
            client.open(plan.source.clone()).await
        })
        .await?;
        return describe_json(context, &opened);
    }
    if let Way::Clear = plan.way {
        return write_in_clear(context, &client, plan.source, &label).await;
    }
    let mut opened = introduced(context, &client, &label, async || {
        client.open(plan.source.clone()).await
    })
    .await?;
    context.printer.note(&facts(&opened));
    // Reading decrypts: it blocks, and looks at the stop flag itself.
    tokio::task::block_in_place(|| match plan.way {
        Way::Viewer(viewer) => {
            let name = opened.name();
            viewer
                .show(opened.reader(), name.as_deref(), &context.stop)
                .map_err(|failure| failure.about(&label))
        }
        Way::Terminal | Way::Clear => show_on_terminal(context, &mut opened, &label),
    })
}

/// Runs `open`; an unknown authority and a missing account are cured on the terminal, and then it runs again.
pub async fn introduced<T>(
    context: &Context,
    client: &clausa_client::Client,
    label: &str,
    open: impl AsyncFn() -> Result<T, OpenError>,
) -> Outcome<T> {
    let mut introductions = Introductions::default();
    loop {
        match open().await {
            Ok(value) => return Ok(value),
            Err(error) => introductions.cure(context, client, error, label).await?,
        }
    }
}

/// What was offered on the terminal already; nothing is offered twice.
#[derive(Default)]
pub struct Introductions {
    trusted: bool,
    signed_in: bool,
}

impl Introductions {
    /// True when an authority may be introduced for this error.
    pub fn may_cure(&self, error: &OpenError) -> bool {
        match error {
            OpenError::AuthorityUnknown { .. } => !self.trusted,
            OpenError::SignInRequired { .. } => !self.signed_in,
            _ => false,
        }
    }

    /// Leads to where the file called `label` may open.
    ///
    /// # Errors
    ///
    /// The failure that the error is when nothing can be done about it, or of what was tried.
    pub async fn cure(
        &mut self,
        context: &Context,
        client: &clausa_client::Client,
        error: OpenError,
        label: &str,
    ) -> Outcome {
        if !self.may_cure(&error) {
            return Err(of_one(error, label));
        }
        match error {
            OpenError::AuthorityUnknown { origin } => {
                self.trusted = true;
                enrol::offer_trust(context, client, &origin, label).await?;
            }
            OpenError::SignInRequired { origin, waiting } => {
                self.signed_in = true;
                enrol::introduce(context, client, &origin, &waiting, label).await?;
            }
            other => return Err(of_one(other, label)),
        }
        Ok(())
    }
}

/// The failure of one file, with its name where the words lack it.
pub fn of_one(error: OpenError, label: &str) -> Failure {
    let at_output = matches!(&error, OpenError::Io { path, .. } if path != Path::new(label));
    let failure = Failure::from(error);
    if at_output {
        failure.at_output()
    } else {
        failure.about(label)
    }
}

fn show_on_terminal(context: &Context, opened: &mut Opened, label: &str) -> Outcome {
    let unreadable = |error: std::io::Error| Failure::from_document(&error).about(label);
    let beginning = Beginning::read(opened.reader()).map_err(unreadable)?;
    if beginning.is_text() {
        opened.reader().rewind().map_err(unreadable)?;
        return document::print_text(&context.printer, opened.reader(), &context.stop)
            .map_err(|failure| failure.about(label));
    }
    let name = opened.name().unwrap_or_else(|| "the content".to_owned());
    let (kind, size) = (beginning.looks_like(), terms::size(opened.len()));
    let has_export = opened.rights().contains(Right::Export);
    context.printer.tell(|words| {
        words.line(&format!(
            "{name} is {kind} ({size}) and cannot be shown in a terminal."
        ))?;
        words.line("Show it with a viewer:")?;
        words.command(&format!("clausa open {} --viewer 'PROGRAM {{}}'", quoted(label)))?;
        if has_export {
            words.line("Or write it out in clear, which the owner allows you and sees:")?;
            words.command(&format!("clausa unprotect {}", quoted(label)))?;
        }
        Ok(())
    })
}

/// The output is not a terminal: this is taking protection off, under its one rule.
async fn write_in_clear(
    context: &Context,
    client: &clausa_client::Client,
    source: Source,
    label: &str,
) -> Outcome {
    let _busy = context.stop.busy();
    let outcome = introduced(context, client, label, async || {
        let options = UnprotectOptions {
            output: Some(Sink::StandardOutput),
            progress: context.progress(label).callback(),
            ..UnprotectOptions::default()
        };
        client.unprotect(source.clone(), options).await
    });
    match outcome.await {
        Ok(_) => {
            context.printer.note(&format!("{label} was written out in clear; the owner sees this in the log."));
            Ok(())
        }
        Err(failure) if failure.kind() == Kind::RightMissing => Err(failure.advise(
            "Writing it to a file or a pipe needs EXPORT. To view it, open it in a terminal or with --viewer.",
        )),
        Err(failure) => Err(failure),
    }
}

/// What a reader wants to know beside the content.
fn facts(opened: &Opened) -> String {
    let facts = opened.facts();
    let mut text = format!(
        "From {}. You may: {}.",
        opened.publisher(),
        opened.rights().to_string().replace(',', " ")
    );
    if let Some(change) = terms::change(opened.seal_report()) {
        text.push_str(&format!(" {change}."));
    }
    if let Some(end) = facts.not_after {
        text.push_str(&format!(" Until {}.", terms::moment(end)));
    }
    if facts.origin == LicenceOrigin::Kept {
        let until = terms::moment(facts.offline_until);
        text.push_str(&format!(
            " Opened with the licence on this device, good offline until {until}."
        ));
    }
    text
}

fn describe_json(context: &Context, opened: &Opened) -> Outcome {
    context.printer.result(&value(opened), |_| Ok(()))
}

fn value(opened: &Opened) -> serde_json::Value {
    let facts = opened.facts();
    let offline = |at: Timestamp| (at > facts.issued_at).then_some(at);
    json!({
        "content_id": opened.content_id(),
        "authority": opened.origin(),
        "publisher": opened.publisher(),
        "name": opened.name(),
        "media_type": opened.media_type(),
        "bytes": opened.len(),
        "revision": opened.seal_report().revision,
        "changed": terms::change_value(opened.seal_report()),
        "rights": opened.rights(),
        "not_after": facts.not_after,
        "offline_until": offline(facts.offline_until),
        "licence": if facts.origin == LicenceOrigin::Kept { "kept" } else { "fetched" },
    })
}
