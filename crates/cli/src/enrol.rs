//! The conversations by which a person makes an account or signs in, shared by `signup`, `login` and `open`.

use std::io::IsTerminal as _;

use clausa_api::signup::SignupStep;
use clausa_client::{
    Client, LoginError, LoginFlow, SecondFactor, SignedIn, SignedUp, SignupError, SignupFlow, SignupProfile,
    Waiting, WhoAmI,
};
use clausa_core::origin::Origin;
use zeroize::Zeroizing;

use crate::context::{Context, quoted};
use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome};
use crate::prompt;

/// What a person said of himself on the command line.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// First name.
    pub first: Option<String>,
    /// Last name.
    pub last: Option<String>,
    /// Ask for a password also where there is no terminal.
    pub with_password: bool,
}

/// A sign-up at its end.
pub struct Finished {
    /// What the client says of it.
    pub signed_up: SignedUp,
    /// The address had an account already: the person was only signed in.
    pub had_account: bool,
}

/// Goes through a sign-up from where it stands to its end.
pub async fn finish_signup(context: &Context, flow: &mut SignupFlow, names: &Names) -> Outcome<Finished> {
    while matches!(flow.state().next, SignupStep::MailProof { .. }) {
        prove(context, flow)
            .await
            .map_err(|failure| go_on_later(context, failure))?;
    }
    if matches!(flow.state().next, SignupStep::Done(_)) {
        let signed_up = flow.complete_profile(SignupProfile::default()).await?;
        return Ok(Finished {
            signed_up,
            had_account: true,
        });
    }
    let names = ask_names(context, names).await?;
    loop {
        let profile = SignupProfile {
            first_name: names.first.clone(),
            last_name: names.last.clone(),
            password: ask_new_password(context, names.with_password).await?,
        };
        match flow.complete_profile(profile).await {
            // The person may think of another password; a script may not.
            Err(error @ SignupError::PasswordRefused { .. }) if prompt::is_terminal() => {
                context.printer.failure(&error.into());
            }
            outcome => {
                return Ok(Finished {
                    signed_up: outcome?,
                    had_account: false,
                });
            }
        }
    }
}

/// A sign-up that nobody is there to go on with is kept.
fn go_on_later(context: &Context, failure: Failure) -> Failure {
    match failure.kind() {
        Kind::NoTerminal => failure.advise(format!(
            "Go on when the mail is there: {}",
            context.command("signup --resume")
        )),
        _ => failure,
    }
}

/// Asks for the code until it is right or void.
async fn prove(context: &Context, flow: &mut SignupFlow) -> Outcome {
    let code = prompt::line(
        &context.printer,
        "Code from the mail (or `again` for another mail):",
    )
    .await?;
    if code == "again" {
        flow.resend().await?;
        context.printer.note(&format!(
            "Another mail is on its way to {}.",
            flow.state().address
        ));
        return Ok(());
    }
    match flow.submit_code(&code).await {
        Ok(_) => Ok(()),
        Err(error @ SignupError::CodeWrong { tries_left: 1.. }) if prompt::is_terminal() => {
            context.printer.failure(&error.into());
            Ok(())
        }
        Err(error) => Err(advise_new_mail(
            error.into(),
            &format!("clausa signup {}", flow.state().address),
        )),
    }
}

/// "One last thing": all of it may be left empty.
async fn ask_names(context: &Context, given: &Names) -> Outcome<Names> {
    let mut names = given.clone();
    if !prompt::is_terminal() {
        return Ok(names);
    }
    context
        .printer
        .note("One last thing. Everything may be left empty if you only want to read.");
    if names.first.is_none() {
        names.first = some(prompt::line(&context.printer, "First name:").await?);
    }
    if names.last.is_none() {
        names.last = some(prompt::line(&context.printer, "Last name:").await?);
    }
    Ok(names)
}

/// Twice on a terminal; without one once, and only when a script says that it gives one.
async fn ask_new_password(context: &Context, without_terminal: bool) -> Outcome<Option<Zeroizing<String>>> {
    if !prompt::is_terminal() {
        return match without_terminal {
            true => prompt::secret(&context.printer, "Password:").await.map(Some),
            false => Ok(None),
        };
    }
    loop {
        let first = prompt::secret(&context.printer, "Password (empty: sign in with mailed codes):").await?;
        if first.is_empty() {
            return Ok(None);
        }
        let second = prompt::secret(&context.printer, "The same once more:").await?;
        if first == second {
            return Ok(Some(first));
        }
        context
            .printer
            .note("The two are not the same. Once more, please.");
    }
}

/// Asks for the mailed sign-in code until it is right or void.
pub async fn finish_login(context: &Context, flow: &mut LoginFlow) -> Outcome<SignedIn> {
    loop {
        let code = prompt::line(&context.printer, "Code from the mail:").await?;
        match flow.submit_code(&code).await {
            Ok(signed_in) => return Ok(signed_in),
            Err(LoginError::SecondFactorNeeded(second)) => {
                let waiting = flow.waiting().cloned();
                let signed_in = second_factor(context, &second).await?;
                return Ok(SignedIn { waiting, ..signed_in });
            }
            Err(error @ LoginError::CodeWrong { .. }) if prompt::is_terminal() => {
                context.printer.failure(&error.into());
            }
            Err(error) => {
                return Err(advise_new_mail(
                    error.into(),
                    &format!("clausa login {}", flow.address()),
                ));
            }
        }
    }
}

/// Asks for the second factor until it is right or the sign-in has to begin again.
pub async fn second_factor(context: &Context, second: &SecondFactor) -> Outcome<SignedIn> {
    loop {
        let question = "Code of your authenticator (or a recovery code):";
        let code = prompt::line(&context.printer, question).await?;
        match second.submit_code(&code).await {
            Err(error @ LoginError::CodeWrong { .. }) if prompt::is_terminal() => {
                context.printer.failure(&error.into());
            }
            outcome => return Ok(outcome?),
        }
    }
}

/// A void code is cured by beginning again.
fn advise_new_mail(failure: Failure, command: &str) -> Failure {
    match failure.kind() {
        Kind::CodeVoid => failure.advise(format!("Begin again to get a new mail: {command}")),
        _ => failure,
    }
}

/// Leads somebody without an account at the file's authority to one, on the terminal. `file` is how the command line
/// names the file.
pub async fn introduce(
    context: &Context,
    client: &Client,
    origin: &Origin,
    waiting: &Waiting,
    file: &str,
) -> Outcome {
    if !prompt::is_terminal() {
        let advice = format!(
            "New here? {}\nHave an account? {}\nThen: {}",
            context.command(&format!(
                "--authority {origin} signup EMAIL --for {}",
                quoted(file)
            )),
            context.command(&format!("--authority {origin} login EMAIL")),
            context.command(&format!("open {}", quoted(file))),
        );
        let what = format!("nobody is signed in at {origin}, the authority of {file}");
        return Err(Failure::new(Kind::NotSignedIn, what).advise(advice));
    }
    client.set_default_authority(origin).await?;
    context.printer.note(&format!(
        "This file is protected. Prove your e-mail address to {} once, then it opens.",
        origin.authority()
    ));
    let address = prompt::line(
        &context.printer,
        "Your e-mail address, the one the file was sent to:",
    )
    .await?;
    match client.signup(&address, Some(waiting.clone())).await {
        Ok(mut flow) => {
            context.printer.note(&format!(
                "A mail with a code is on its way to {}.",
                flow.state().address
            ));
            let finished = finish_signup(context, &mut flow, &Names::default()).await?;
            context.printer.note(&welcome(&finished.signed_up.identity));
        }
        Err(SignupError::AccountExists) => {
            let mut flow = client.login_with_code(&address, Some(waiting.clone())).await?;
            context.printer.note(&format!(
                "You have an account: a sign-in code is on its way to {}.",
                flow.address()
            ));
            let signed_in = finish_login(context, &mut flow).await?;
            context.printer.note(&welcome(&signed_in.identity));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// Asks whether an authority that a file names is to be trusted. Shows the host as it is on the wire (SEC-51).
pub async fn offer_trust(context: &Context, client: &Client, origin: &Origin, file: &str) -> Outcome {
    if !prompt::is_terminal() || !std::io::stdout().is_terminal() {
        let what =
            format!("{file} belongs to {origin}, which this profile does not know; nothing was sent there");
        let advice = format!("If you trust it: {}", context.command(&format!("trust {origin}")));
        return Err(Failure::new(Kind::AuthorityUnknown, what).advise(advice));
    }
    context.printer.note(&format!(
        "{file} belongs to the authority {}, which is new to you.\n\
         Go on only if you expect a file from there: it will see your address and what you open.",
        origin.as_str()
    ));
    if !prompt::confirm(&context.printer, &format!("Trust {}?", origin.authority())).await? {
        let what = format!("{file} was not opened: {origin} is not trusted; nothing was sent there");
        return Err(Failure::new(Kind::AuthorityUnknown, what));
    }
    client.trust(origin).await?;
    Ok(())
}

/// One line for somebody who has just signed in.
pub fn welcome(who: &WhoAmI) -> String {
    let address = who
        .identity
        .addresses
        .first()
        .map_or("somebody", |address| address.as_str());
    match &who.identity.organisation {
        Some(organisation) => format!("Signed in as {address} ({organisation})."),
        None => format!("Signed in as {address}."),
    }
}

fn some(text: String) -> Option<String> {
    if text.is_empty() { None } else { Some(text) }
}
