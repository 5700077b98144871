//! `clausa account`: one's own account as a whole.

use std::path::PathBuf;

use clausa_client::CloseOptions;
use clausa_core::address::Address;
use serde_json::json;

use crate::context::Context;
use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome};
use crate::{prompt, step_up};

/// Take a copy of everything that is known about you, or close your account
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    Export(Export),
    Close(Close),
}

/// Write everything that the authority knows about you into a file
///
/// One line for each thing (JSON Lines): your account, sessions, devices, ways to sign in, groups, files, waiting mails and the log of what you did and what happened to your files. It holds no password, key or code. Only you can read the file, and it appears whole or not at all. Asks you first to show that it is you; that you took it is in the log.
#[derive(clap::Args, Debug)]
struct Export {
    /// The file
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// Replace a file that is there already
    #[arg(short, long)]
    force: bool,
}

/// Close your account for good
///
/// Everything that is signed in as you is signed out, your devices are no longer enrolled, and your address is free. Files that you protected go on opening for exactly the people they name; nobody who has your address later becomes their owner. Unless you hand them over, nobody can revoke them any more. Files that you protected without a network are registered first, from this device; do the same on your others, because nobody can open them otherwise. Asks you first to show that it is you, and then for your address: without a terminal both are read from the standard input, one a line.
#[derive(clap::Args, Debug)]
struct Close {
    /// Give the owner's rights on your files to a colleague: to open them, see who opens them, and revoke them
    #[arg(long, value_name = "ADDRESS")]
    hand_over_to: Option<String>,
    /// Also take your name, addresses and devices out of the log and the database
    #[arg(long)]
    erase: bool,
}

/// Does it.
pub async fn run(args: Args, context: &Context) -> Outcome {
    match args.action {
        Action::Export(args) => export(args, context).await,
        Action::Close(args) => close(args, context).await,
    }
}

async fn export(args: Export, context: &Context) -> Outcome {
    let client = context.client().await?;
    step_up::ensure(context, &client).await?;
    let _busy = context.stop.busy();
    let done = client.export_account(&args.to, args.force).await?;
    let value = json!({ "output": done.output, "lines": done.lines, "complete": done.complete });
    context.printer.result(&value, |words| {
        words.line(&format!(
            "{} ({} lines). Only you can read it.",
            done.output.display(),
            done.lines
        ))?;
        match done.complete {
            true => Ok(()),
            false => words
                .line("There is more than one export holds; ask whoever runs the authority for the rest."),
        }
    })
}

async fn close(args: Close, context: &Context) -> Outcome {
    let successor: Option<Address> = args.hand_over_to.as_deref().map(str::parse).transpose()?;
    let client = context.client().await?;
    let addresses = client.whoami().await?.identity.addresses;
    step_up::ensure(context, &client).await?;
    for line in told(successor.as_ref(), args.erase) {
        context.printer.note(&line);
    }
    let own = addresses.first().map(ToString::to_string).unwrap_or_default();
    let question = format!("Type your address ({own}) to close the account:");
    let typed = prompt::line(&context.printer, &question).await?;
    if !addresses.iter().any(|address| address.as_str() == typed) {
        return Err(
            Failure::new(Kind::CheckFailed, "that is not the address of this account")
                .advise("Nothing was changed."),
        );
    }
    let _busy = context.stop.busy();
    let mut options = CloseOptions::new(typed);
    options.hand_over_to = successor.clone();
    options.erase = args.erase;
    let answer = client.close_account(&options).await?;
    let value = json!({
        "closed": answer.address,
        "handed_over_to": successor,
        "forgotten": answer.forgotten,
    });
    context.printer.result(&value, |words| {
        words.line(&format!("The account {} is closed.", answer.address))?;
        match &successor {
            Some(successor) => words.line(&format!("{successor} has the owner's rights on its files now.")),
            None => words.line("Its files go on opening for the people they name."),
        }
    })
}

/// What is about to happen.
fn told(successor: Option<&Address>, erase: bool) -> Vec<String> {
    let mut told =
        vec!["This cannot be undone. Everything that is signed in as you is signed out.".to_owned()];
    told.push(match successor {
        Some(successor) => format!("{successor} gets the owner's rights on the files that you own."),
        None => "Nobody will be able to revoke the files that you own.".to_owned(),
    });
    if erase {
        told.push("Your name, addresses and devices go out of the log and the database.".to_owned());
    }
    told
}
