//! `clausa factors`: what is asked for beside a password or a mailed code.

use clausa_api::factor::{Factor, FactorKind, FactorList};
use clausa_client::{Client, LoginError};
use clausa_core::time::Timestamp;
use serde_json::json;

use crate::cmd::sessions::ended_others;
use crate::context::Context;
use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome};
use crate::printer::Words;
use crate::{prompt, step_up, terms};

/// List, add or remove second factors: authenticators, passkeys, recovery codes
///
/// With an authenticator, its code is asked for at every sign-in beside your password or mailed code. Passkeys are added in the browser, on the page of your account. Every change asks you to show that it is you, unless you have just signed in, and is told to you by mail.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// List your factors
    List,
    /// Add an authenticator (an app that shows six digits)
    Add {
        /// What you call it
        #[arg(long, value_name = "NAME", default_value = "authenticator")]
        name: String,
    },
    /// Remove an authenticator or a passkey
    Remove {
        /// The factor, or as many of its first digits as tell it from the others
        #[arg(value_name = "FACTOR")]
        factor: String,
    },
    /// Get new recovery codes for the day your authenticator is lost; older ones work no more
    RecoveryCodes,
}

/// Does it.
pub async fn run(args: Args, context: &Context) -> Outcome {
    let client = context.client().await?;
    match args.action {
        None | Some(Action::List) => list(context, &client).await,
        Some(Action::Add { name }) => add(context, &client, &name).await,
        Some(Action::Remove { factor }) => remove(context, &client, &factor).await,
        Some(Action::RecoveryCodes) => recovery_codes(context, &client).await,
    }
}

async fn list(context: &Context, client: &Client) -> Outcome {
    let list = client.factors().await?;
    context.printer.result(&list, |words| {
        if !list.factors.is_empty() {
            words.table(&table(&list.factors))?;
        }
        words.line(&summary(&list))
    })
}

fn table(factors: &[Factor]) -> Vec<Vec<String>> {
    let moment = |seconds| terms::moment(Timestamp::from_seconds(seconds));
    let mut rows = vec![
        ["FACTOR", "KIND", "NAME", "ADDED", "LAST USED"]
            .map(String::from)
            .to_vec(),
    ];
    rows.extend(factors.iter().map(|factor| {
        vec![
            short(factor),
            kind(factor.kind).to_owned(),
            factor.name.clone(),
            moment(factor.created_at),
            factor.last_used.map(moment).unwrap_or_default(),
        ]
    }));
    rows
}

fn summary(list: &FactorList) -> String {
    let first = match list.has_password {
        true => "A password or a mailed code signs you in",
        false => "A mailed code signs you in",
    };
    match list.factors.iter().any(|factor| factor.kind == FactorKind::Totp) {
        true => format!(
            "{first}, together with a code of an authenticator; {} recovery codes are left.",
            list.recovery_codes
        ),
        false => format!("{first}; no authenticator is asked for."),
    }
}

async fn add(context: &Context, client: &Client, name: &str) -> Outcome {
    step_up::ensure(context, client).await?;
    let begun = client.begin_authenticator(name).await?;
    context.printer.note(&format!(
        "Add this to your authenticator, then type the code that it shows:\n   {}\nor, on this device, open:\n   {}",
        begun.secret, begun.uri
    ));
    let added = loop {
        let code = prompt::line(&context.printer, "Code of the authenticator:").await?;
        match client.confirm_authenticator(&begun.id, &code).await {
            Ok(added) => break added,
            Err(error @ LoginError::CodeWrong { .. }) if prompt::is_terminal() => {
                context.printer.failure(&error.into());
            }
            Err(error) => return Err(error.into()),
        }
    };
    let value = json!({ "factor": begun.id, "recovery_codes": added.recovery_codes, "ended": added.ended });
    context.printer.result(&value, |words| {
        words.line("Your authenticator is asked for from now on.")?;
        words.line(&ended_others(added.ended))?;
        show_codes(words, &added.recovery_codes)
    })
}

async fn remove(context: &Context, client: &Client, prefix: &str) -> Outcome {
    let list = client.factors().await?;
    let mut matching = list
        .factors
        .iter()
        .filter(|factor| !prefix.is_empty() && factor.id.starts_with(prefix));
    let (Some(factor), None) = (matching.next(), matching.next()) else {
        return Err(Failure::new(
            Kind::NotFound,
            format!("`{prefix}` does not name exactly one of your factors"),
        )
        .advise("See your factors with: clausa factors"));
    };
    step_up::ensure(context, client).await?;
    client.remove_factor(&factor.id).await?;
    context.printer.result(&json!({ "removed": factor.id }), |words| {
        words.line(&format!("Removed {} ({}).", factor.name, short(factor)))
    })
}

async fn recovery_codes(context: &Context, client: &Client) -> Outcome {
    step_up::ensure(context, client).await?;
    let codes = client.new_recovery_codes().await?;
    context
        .printer
        .result(&json!({ "recovery_codes": codes }), |words| {
            show_codes(words, &codes)
        })
}

fn show_codes(words: &mut Words<'_>, codes: &[String]) -> std::io::Result<()> {
    if codes.is_empty() {
        return Ok(());
    }
    words.line("Recovery codes for the day it is lost, each for one use; write them down now:")?;
    codes
        .iter()
        .try_for_each(|code| words.line(&format!("   {code}")))
}

fn kind(kind: FactorKind) -> &'static str {
    match kind {
        FactorKind::Totp => "authenticator",
        FactorKind::Passkey => "passkey",
    }
}

fn short(factor: &Factor) -> String {
    factor.id.chars().take(12).collect()
}
