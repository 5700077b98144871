//! `clausa login`: signing in on this device.

use clausa_client::{LoginError, SignedIn};
use serde_json::json;

use crate::cmd::whoami;
use crate::context::{Context, quoted};
use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome};
use crate::{enrol, prompt};

/// Sign in on this device, with a mailed code, a password or the browser
///
/// Codes and passwords are asked for and never stand on the command line. Without a terminal they are read from the standard input.
#[derive(clap::Args, Debug)]
#[command(group = clap::ArgGroup::new("way").multiple(false))]
pub struct Args {
    /// Your e-mail address
    #[arg(value_name = "EMAIL", required_unless_present_any = ["resume", "browser"])]
    address: Option<String>,
    /// Ask for the password instead of mailing a code
    #[arg(long = "password", group = "way")]
    by_secret: bool,
    /// Sign in on the authority's page in the browser
    #[arg(long, group = "way", conflicts_with = "address")]
    browser: bool,
    /// Stop once the mail is on its way; go on later with --resume
    #[arg(long, group = "way")]
    no_wait: bool,
    /// Go on with a sign-in that has begun
    #[arg(long, group = "way", conflicts_with = "address")]
    resume: bool,
    /// Name under which this device appears in your list (else CLAUSA_DEVICE_NAME, else the machine's name)
    #[arg(long, value_name = "NAME")]
    device_name: Option<String>,
}

/// What to do.
pub struct Plan {
    way: Way,
    device_name: Option<String>,
}

/// How to sign in.
enum Way {
    /// Mail a code, and wait for it or not.
    Code { address: String, wait: bool },
    /// Ask for the password.
    Password { address: String },
    /// Through the browser.
    Browser,
    /// Go on where another call stopped.
    Resume,
}

impl Args {
    /// Chooses the way. What is no address is refused before an authority is asked anything.
    pub fn resolve(self) -> Outcome<Plan> {
        if let Some(address) = &self.address {
            clausa_client::address_from_text(address)?;
        }
        let way = match (self.address, self.resume, self.by_secret) {
            (Some(address), _, true) => Way::Password { address },
            (Some(address), _, false) => Way::Code {
                address,
                wait: !self.no_wait,
            },
            (None, true, _) => Way::Resume,
            (None, false, _) => Way::Browser,
        };
        Ok(Plan {
            way,
            device_name: self.device_name,
        })
    }
}

/// Signs in.
pub async fn run(plan: Plan, context: &Context) -> Outcome {
    let client = context.client_trusting(plan.device_name).await?;
    let signed_in = match plan.way {
        Way::Password { address } => {
            let password = prompt::secret(&context.printer, "Password:").await?;
            match client.login_with_password(&address, &password).await {
                Err(LoginError::SecondFactorNeeded(second)) => enrol::second_factor(context, &second).await?,
                outcome => outcome?,
            }
        }
        Way::Code { address, wait } => {
            let mut flow = client.login_with_code(&address, None).await?;
            if !wait {
                let value = json!({ "next": "code", "address": flow.address(), "authority": flow.origin() });
                return context.printer.result(&value, |words| {
                    words.line(&format!(
                        "If {} has an account, a code is on its way. Go on with:",
                        flow.address()
                    ))?;
                    words.command(&context.command("login --resume"))
                });
            }
            context.printer.note(&format!(
                "If {} has an account, a mail with a code is on its way.",
                flow.address()
            ));
            enrol::finish_login(context, &mut flow).await?
        }
        Way::Resume => {
            let mut flow = client.resume_login().await?.ok_or_else(|| {
                Failure::new(Kind::NotFound, "no sign-in has begun in this profile")
                    .advise(format!("Begin with: {}", context.command("login EMAIL")))
            })?;
            enrol::finish_login(context, &mut flow).await?
        }
        Way::Browser => {
            let printer = &context.printer;
            client
                .login_in_browser(|address| {
                    printer.note(&format!(
                        "Open this page in the browser on this machine:\n{address}"
                    ));
                })
                .await?
        }
    };
    report(context, &signed_in)
}

fn report(context: &Context, signed_in: &SignedIn) -> Outcome {
    let who = &signed_in.identity;
    context.printer.result(&whoami::value(who), |words| {
        words.line(&enrol::welcome(who))?;
        words.line(&whoami::keys_are_kept(who))?;
        if let Some(path) = signed_in
            .waiting
            .as_ref()
            .and_then(|waiting| waiting.path.as_ref())
        {
            words.line("Your file is waiting:")?;
            words.command(&context.command(&format!("open {}", quoted(&path.display().to_string()))))?;
        }
        Ok(())
    })
}
