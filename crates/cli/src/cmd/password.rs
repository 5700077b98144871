//! `clausa password`: one's password.

use serde_json::json;
use zeroize::Zeroizing;

use crate::cmd::sessions::ended_others;
use crate::context::Context;
use crate::failure::Outcome;
use crate::{prompt, step_up};

/// Set, change or remove your password
///
/// Asks you first to show that it is you, unless you have just signed in: with your password, or with a mailed code. Everything else that is signed in as you is signed out. Forgotten your password? Sign in with a mailed code (`clausa login EMAIL`), then set a new one. Without a terminal, answers are read from the standard input, one a line.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Remove it: from now on sign in with mailed codes
    #[arg(long)]
    remove: bool,
}

/// Sets or removes.
pub async fn run(args: &Args, context: &Context) -> Outcome {
    let client = context.client().await?;
    step_up::ensure(context, &client).await?;
    let (ended, done) = match args.remove {
        true => (
            client.remove_password().await?,
            "Your password is removed; a mailed code signs you in.",
        ),
        false => {
            let new = ask(context).await?;
            (client.set_password(&new).await?, "Your password is set.")
        }
    };
    let value = json!({ "password": !args.remove, "ended": ended });
    context.printer.result(&value, |words| {
        words.line(done)?;
        words.line(&ended_others(ended))
    })
}

/// Twice on a terminal, once without one.
async fn ask(context: &Context) -> Outcome<Zeroizing<String>> {
    loop {
        let first = prompt::secret(&context.printer, "New password:").await?;
        if !prompt::is_terminal() || first == prompt::secret(&context.printer, "The same once more:").await? {
            return Ok(first);
        }
        context
            .printer
            .note("The two are not the same. Once more, please.");
    }
}
