//! `clausa signup`: an account by mail proof.

use std::path::PathBuf;

use clausa_api::signup::SignupStep;
use clausa_client::{SignupError, SignupFlow, Source, Waiting};
use serde_json::json;

use crate::context::{Context, quoted};
use crate::enrol::{self, Finished, Names};
use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome};
use crate::{cmd, prompt};

/// Make an account: a mail with a code proves your address
///
/// The first person of a domain makes its organisation, with keys and templates; the next ones join it. The code is asked for here and never stands on the command line. Without a terminal it is read from the standard input.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Your e-mail address
    #[arg(value_name = "EMAIL", required_unless_present_any = ["resume", "from_browser"])]
    address: Option<String>,
    /// Protected file that you want to open; it waits for you and opens at the end
    #[arg(long = "for", value_name = "FILE", conflicts_with = "resume")]
    waiting: Option<PathBuf>,
    /// Stop once the mail is on its way; go on later with --resume
    #[arg(long)]
    no_wait: bool,
    /// Go on with a sign-up that has begun
    #[arg(long, conflicts_with_all = ["address", "no_wait"])]
    resume: bool,
    /// Print a link by which the sign-up goes on in a browser, and stop here
    #[arg(long, conflicts_with = "no_wait")]
    in_browser: bool,
    /// Go on with a sign-up that has begun in a browser: its page shows a token, which is asked for here
    #[arg(long, conflicts_with_all = ["address", "no_wait", "resume", "in_browser"])]
    from_browser: bool,
    /// First name, otherwise asked for on a terminal
    #[arg(long, value_name = "NAME")]
    first_name: Option<String>,
    /// Last name, otherwise asked for on a terminal
    #[arg(long, value_name = "NAME")]
    last_name: Option<String>,
    /// Name under which this device appears in your list (else CLAUSA_DEVICE_NAME, else the machine's name)
    #[arg(long, value_name = "NAME")]
    device_name: Option<String>,
    /// Also without a terminal, read a password from the standard input, on the line after the code
    #[arg(long)]
    with_password: bool,
}

/// What to do.
pub struct Plan {
    start: Start,
    in_browser: bool,
    names: Names,
    device_name: Option<String>,
}

enum Start {
    New {
        address: String,
        waiting: Option<PathBuf>,
        wait: bool,
    },
    Continue {
        waiting: Option<PathBuf>,
    },
    Resume,
}

impl Args {
    /// Refuses what is no address, before an authority is asked anything.
    pub fn resolve(self) -> Outcome<Plan> {
        if let Some(address) = &self.address {
            clausa_client::address_from_text(address)?;
        }
        let names = Names {
            first: self.first_name,
            last: self.last_name,
            with_password: self.with_password,
        };
        let start = match self.address {
            Some(address) => Start::New {
                address,
                waiting: self.waiting,
                wait: !self.no_wait,
            },
            None if self.from_browser => Start::Continue {
                waiting: self.waiting,
            },
            None => Start::Resume,
        };
        Ok(Plan {
            start,
            in_browser: self.in_browser,
            names,
            device_name: self.device_name,
        })
    }
}

/// Signs up.
pub async fn run(plan: Plan, context: &Context) -> Outcome {
    let client = context.client_trusting(plan.device_name).await?;
    let mut flow = match plan.start {
        Start::New {
            address,
            waiting,
            wait,
        } => {
            let waiting = waiting_for(&client, waiting).await?;
            let flow = client.signup(&address, waiting).await?;
            if !wait {
                return mail_sent(context, &flow);
            }
            context.printer.note(&format!(
                "A mail with a code is on its way to {}.",
                flow.state().address
            ));
            flow
        }
        Start::Continue { waiting } => {
            let waiting = waiting_for(&client, waiting).await?;
            let token = prompt::line(&context.printer, "Token that the page shows:").await?;
            client
                .continue_signup(&token, waiting)
                .await
                .map_err(token_void)?
        }
        Start::Resume => client.resume_signup().await?.ok_or_else(|| {
            Failure::new(Kind::NotFound, "no sign-up has begun in this profile")
                .advise(format!("Begin with: {}", context.command("signup EMAIL")))
        })?,
    };
    if plan.in_browser {
        return go_on_in_browser(context, &flow).await;
    }
    let finished = enrol::finish_signup(context, &mut flow, &plan.names).await?;
    report(context, &finished)?;
    match finished.signed_up.waiting {
        Some(waiting) => come_back(context, waiting).await,
        None => Ok(()),
    }
}

/// What the client needs to know to come back to `file`.
async fn waiting_for(client: &clausa_client::Client, file: Option<PathBuf>) -> Outcome<Option<Waiting>> {
    let Some(file) = file else {
        return Ok(None);
    };
    let label = file.display().to_string();
    match client.open(Source::file(file)).await {
        Ok(_) => Ok(None),
        Err(error) => match error.waiting() {
            Some(waiting) => Ok(Some(waiting.clone())),
            None => Err(Failure::from(error).about(&label)),
        },
    }
}

/// A token is cured by another one.
fn token_void(error: SignupError) -> Failure {
    match error {
        SignupError::CodeVoid => Failure::new(
            Kind::CodeVoid,
            "this token does not lead on: it was used, is too old, or was not copied whole",
        )
        .advise(
            "Get a new one on the page where you began, under \"Go on in a terminal or another browser\".",
        ),
        other => other.into(),
    }
}

async fn go_on_in_browser(context: &Context, flow: &SignupFlow) -> Outcome {
    let handover = flow.hand_over().await?;
    let address = &flow.state().address;
    let value = json!({ "next": "mail-proof", "address": address, "authority": flow.origin(),
        "link": handover.link, "token": handover.token, "expires": handover.expires });
    context.printer.result(&value, |words| {
        words.line("Open this link in the browser in which you want to go on, and type the code there:")?;
        words.line(&format!("   {}", handover.link))
    })
}

fn mail_sent(context: &Context, flow: &SignupFlow) -> Outcome {
    let address = &flow.state().address;
    let tries = match &flow.state().next {
        SignupStep::MailProof { tries_left, .. } => Some(*tries_left),
        _ => None,
    };
    let value =
        json!({ "next": "mail-proof", "address": address, "authority": flow.origin(), "tries_left": tries });
    context.printer.result(&value, |words| {
        words.line(&format!(
            "A mail with a code is on its way to {address}. Go on with:"
        ))?;
        words.command(&context.command("signup --resume"))
    })
}

fn report(context: &Context, finished: &Finished) -> Outcome {
    let signed_up = &finished.signed_up;
    let who = &signed_up.identity;
    let value = json!({
        "next": "done",
        "account": signed_up.done.account,
        "addresses": who.identity.addresses,
        "tenant": signed_up.done.tenant,
        "organisation": signed_up.done.organisation,
        "organisation_is_new": signed_up.done.organisation_is_new,
        "had_account": finished.had_account,
        "authority": who.origin,
        "device": who.device,
        "keystore": who.keystore,
        "waiting": signed_up.waiting,
    });
    context.printer.result(&value, |words| {
        words.line(&enrol::welcome(who))?;
        match (&signed_up.done.organisation, signed_up.done.organisation_is_new) {
            _ if finished.had_account => words.line("You had an account already: nothing was changed."),
            (Some(name), true) => words.line(&format!(
                "You are the first of {name}: the organisation was made, with its keys and two templates."
            )),
            (Some(name), false) => words.line(&format!("You joined the organisation {name}.")),
            (None, _) => words.line("This is a personal account: you can open what is addressed to you."),
        }?;
        words.line(&cmd::whoami::keys_are_kept(who))
    })
}

/// Opens the file that waited, where there is a terminal to show it on.
async fn come_back(context: &Context, waiting: Waiting) -> Outcome {
    let Some(path) = waiting.path else {
        context
            .printer
            .note("The file that you wanted to open came through a pipe: please open it once more.");
        return Ok(());
    };
    if !prompt::is_terminal() || !std::io::IsTerminal::is_terminal(&std::io::stdout()) {
        context.printer.note(&format!(
            "Your file is waiting: {}",
            context.command(&format!("open {}", quoted(&path.display().to_string())))
        ));
        return Ok(());
    }
    cmd::open::run(cmd::open::Plan::on_terminal(path), context).await
}
