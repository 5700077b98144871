//! `clausa admin people`: an organisation's people, for its administrator.

use clausa_api::account::{AccountEntry, AccountQuery};
use clausa_client::Client;
use clausa_core::address::Address;
use clausa_core::time::Timestamp;
use serde_json::json;

use crate::context::Context;
use crate::failure::Outcome;
use crate::{step_up, terms};

/// See the people of the organisation that you administer, and say who administers it
///
/// Looking through them is in the log. Whoever becomes administrator, or is it no more, is told by mail.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// List them
    List {
        /// Only those whose address contains this
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
    },
    /// Make somebody an administrator, or a member again; asks you to show again that it is you
    Role {
        /// The person's address
        #[arg(value_name = "EMAIL")]
        address: String,
        /// administrator or member
        #[arg(value_name = "ROLE", value_parser = ["administrator", "member"])]
        role: String,
    },
}

/// Does it.
pub(super) async fn run(args: Args, context: &Context) -> Outcome {
    let search = match args.action {
        None => None,
        Some(Action::List { search }) => search,
        Some(Action::Role { address, role }) => return set_role(&address, &role, context).await,
    };
    let client = context.client().await?;
    let people = all(&client, search).await?;
    context
        .printer
        .result(&json!({ "people": people }), |words| words.table(&table(&people)))
}

async fn set_role(address: &str, role: &str, context: &Context) -> Outcome {
    let address: Address = address.parse()?;
    let client = context.client().await?;
    let person = client.person(address.as_str()).await?;
    step_up::ensure(context, &client).await?;
    client.set_role(person.id, role).await?;
    let told = json!({ "address": person.address, "role": role });
    context.printer.result(&told, |words| match role {
        "administrator" => words.line(&format!("{} administers the organisation.", person.address)),
        _ => words.line(&format!("{} is a member like the others.", person.address)),
    })
}

async fn all(client: &Client, search: Option<String>) -> Outcome<Vec<AccountEntry>> {
    let (mut people, mut query) = (
        Vec::new(),
        AccountQuery {
            search,
            ..AccountQuery::default()
        },
    );
    loop {
        let page = client.people(&query).await?;
        people.extend(page.accounts);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(people),
        }
    }
}

fn table(people: &[AccountEntry]) -> Vec<Vec<String>> {
    let mut rows = vec![
        ["WHO", "NAME", "ROLE", "STATE", "SINCE"]
            .map(String::from)
            .to_vec(),
    ];
    for person in people {
        rows.push(vec![
            person.address.clone(),
            person.name.clone().unwrap_or_default(),
            person.role.clone(),
            person.state.clone(),
            terms::moment(Timestamp::from_seconds(person.created_at)),
        ]);
    }
    rows
}
