//! `clausa claim`: taking over the administration of one's organisation.

use clausa_api::claim::Claim;
use clausa_client::Client;
use clausa_core::time::Timestamp;
use serde_json::json;

use crate::context::Context;
use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome};
use crate::{step_up, terms};

/// Take over the administration of your organisation, or object to somebody who does
///
/// Whoever can make a DNS record under an organisation's domain runs it. Begin a claim, make the record that is printed, and have it checked: every member is told by mail, and when the delay has passed and nobody has objected you administer the organisation. Files, their keys and who may open them stay as they are.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// List your claims, and those of others that were proven
    List,
    /// Begin a claim; asks you to show again that it is you
    Start {
        /// A domain of your organisation
        #[arg(value_name = "DOMAIN")]
        domain: String,
    },
    /// Have the record of your claim looked up
    Check,
    /// Give up your claim
    Cancel,
    /// Object to a colleague's claim, which ends it
    Dispute,
}

/// Does it.
pub async fn run(args: Args, context: &Context) -> Outcome {
    let client = context.client().await?;
    match args.action {
        None | Some(Action::List) => {
            let claims = client.claims().await?;
            context
                .printer
                .result(&json!({ "claims": claims }), |words| words.table(&table(&claims)))
        }
        Some(Action::Start { domain }) => start(&domain, &client, context).await,
        Some(Action::Check) => {
            let claim = open_claim(&client, |claim| claim.own).await?;
            let claim = client.check_claim(&claim.id).await?;
            let due = claim
                .due_at
                .map(|due| terms::moment(Timestamp::from_seconds(due)));
            context.printer.result(&json!({ "claim": claim }), |words| {
                words.line("The record is there. Every member is told by mail.")?;
                words.line(&format!(
                    "If nobody objects, you administer the organisation from {}.",
                    due.unwrap_or_default()
                ))?;
                words.line("Leave the record in place until then: it is looked at once more.")
            })
        }
        Some(Action::Cancel) => {
            let claim = open_claim(&client, |claim| claim.own).await?;
            client.cancel_claim(&claim.id).await?;
            context
                .printer
                .result(&json!({ "cancelled": claim.id }), |words| {
                    words.line(&format!("Your claim to {} is given up.", claim.domain))
                })
        }
        Some(Action::Dispute) => {
            let claim = open_claim(&client, |claim| !claim.own && claim.state == "proven").await?;
            client.dispute_claim(&claim.id).await?;
            context.printer.result(&json!({ "disputed": claim.id }), |words| {
                words.line(&format!("The claim of {} is stopped.", claim.claimant))
            })
        }
    }
}

async fn start(domain: &str, client: &Client, context: &Context) -> Outcome {
    step_up::ensure(context, client).await?;
    let started = client.start_claim(domain).await?;
    context.printer.result(&json!(started), |words| {
        words.line("Make this TXT record in the domain's DNS:")?;
        words.line(&format!("   name   {}", started.record_name))?;
        words.line(&format!("   value  {}", started.record_value))?;
        words.line(&format!(
            "It has to be there before {}. Then: clausa claim check",
            terms::moment(Timestamp::from_seconds(started.claim.expires_at))
        ))
    })
}

/// The newest claim that may still become something and that is meant.
async fn open_claim(client: &Client, is_meant: impl Fn(&Claim) -> bool) -> Outcome<Claim> {
    let claims = client.claims().await?.into_iter();
    let mut open = claims.filter(|claim| ["waiting", "proven"].contains(&claim.state.as_str()));
    open.find(is_meant).ok_or_else(|| {
        Failure::new(Kind::NotFound, "there is no such claim under way")
            .advise("See them with: clausa claim list")
    })
}

fn table(claims: &[Claim]) -> Vec<Vec<String>> {
    let mut rows = vec![
        ["DOMAIN", "WHO", "STATE", "BEGUN", "ADMINISTERS FROM"]
            .map(String::from)
            .to_vec(),
    ];
    for claim in claims {
        let moment = |seconds| terms::moment(Timestamp::from_seconds(seconds));
        rows.push(vec![
            claim.domain.clone(),
            claim.claimant.clone(),
            claim.state.clone(),
            moment(claim.created_at),
            claim.due_at.map(moment).unwrap_or_default(),
        ]);
    }
    rows
}
