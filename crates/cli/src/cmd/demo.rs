//! `clausa demo`: the whole story on this machine, with a real authority.

use std::path::PathBuf;

use crate::context::Context;
use crate::demo::{Document, Stage, story};
use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome, reason};

/// Play the whole story on this machine: sign up, protect, open, refuse, record
///
/// Starts a real authority on loopback with a database in a fresh folder, plays four people with a profile each, sends real mail to a small mail server of its own, and checks every step: it fails when one does not come out as it must. Nothing leaves this machine and nothing outside the folder is changed.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Document to play with; a sample letter otherwise. It is copied and stays as it is.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Folder to play in; it must be empty or not be there yet. A fresh one in the temporary folder otherwise.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// What to do.
pub struct Plan {
    document: Document,
    folder: Option<PathBuf>,
}

impl Args {
    /// Refuses a document that cannot be read and a folder that is in use.
    pub fn resolve(self) -> Outcome<Plan> {
        let document = match self.file {
            None => Document::sample(),
            Some(path) => Document::file(path)?,
        };
        if let Some(folder) = &self.folder {
            match std::fs::read_dir(folder) {
                Ok(mut entries) => {
                    if entries.next().is_some() {
                        return Err(Failure::new(
                            Kind::OutputExists,
                            format!("{} is not empty", folder.display()),
                        )
                        .advise("Name a folder that is empty or not there yet."));
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => {
                    let what = format!("{} cannot be used: {}", folder.display(), reason(&error));
                    return Err(Failure::new(Kind::OutputUnwritable, what));
                }
            }
        }
        Ok(Plan {
            document,
            folder: self.folder,
        })
    }
}

/// Plays the story.
pub async fn run(plan: Plan, context: &Context) -> Outcome {
    let _busy = context.stop.busy();
    let stage = Stage::build(&context.printer, plan.folder).await?;
    let folder = stage.folder().to_owned();
    let played = tokio::select! {
        played = story::play(&stage, &plan.document) => played,
        () = context.stop.wait() => Err(Failure::interrupted()),
    };
    match &played {
        Err(failure) if failure.kind() == Kind::Interrupted => stage.strike().await,
        // Kept also after a failure, to be looked at.
        _ => stage.close().await,
    }
    played.map_err(|failure| match failure.kind() {
        Kind::DemoFailed | Kind::Interrupted => failure,
        _ if failure.is_closed_pipe() => failure,
        // Any other failure is a step that did not work; its own words say which.
        _ => Failure::new(
            Kind::DemoFailed,
            format!("a step did not work: {}", failure.what()),
        )
        .advise(format!("Everything so far is in {}.", folder.display())),
    })
}
