//! `clausa admin accounts`: who has an account in an organisation, as a table.

mod table;

use clausa_core::address::Domain;
use clausa_server::usecase::accounts::{self, AccountRow, AccountsError};
use serde_json::json;

use super::Data;
use crate::cmd::serve::serve_failed;
use crate::context::Context;
use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome};

/// Keep an organisation's accounts
///
/// Accounts come about by themselves when people sign up. Where an administrator has proven the organisation's domain, they can also be made for its people, and anywhere they can be closed. Every change is in the organisation's log; people are told by mail when their account is closed.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    List(List),
    Export(table::Export),
    Import(table::Import),
    Close(table::Close),
}

/// List an organisation's accounts
#[derive(clap::Args, Debug)]
struct List {
    /// A domain of the organisation
    #[arg(value_name = "DOMAIN")]
    domain: String,
    #[command(flatten)]
    data: Data,
}

/// Does it.
pub(super) async fn run(args: Args, context: &Context) -> Outcome {
    match args.action {
        Action::List(args) => list(args, context).await,
        Action::Export(args) => table::export(args, context).await,
        Action::Import(args) => table::import(args, context).await,
        Action::Close(args) => table::close(args, context).await,
    }
}

async fn list(args: List, context: &Context) -> Outcome {
    let domain: Domain = args.domain.parse()?;
    let state = args.data.open().await?;
    let outcome = accounts::list(&state, &domain).await;
    state.store().close().await;
    let listed = outcome.map_err(refused)?;
    let values: Vec<_> = listed
        .iter()
        .map(|one| {
            let [address, name, role, state] = cells(one);
            json!({ "address": one.address.as_ref().map(|_| address), "name": name, "role": role, "state": state })
        })
        .collect();
    context.printer.result(&json!({ "accounts": values }), |words| {
        let mut rows = vec![["ADDRESS", "NAME", "ROLE", "STATE"].map(str::to_owned).to_vec()];
        rows.extend(listed.iter().map(|one| cells(one).to_vec()));
        words.table(&rows)
    })
}

/// An account as a line of a table. A closed one has no address any more.
fn cells(listed: &AccountRow) -> [String; 4] {
    let account = &listed.account;
    [
        listed
            .address
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        account.display_name.clone().unwrap_or_default(),
        account.role.as_str().to_owned(),
        account.state.as_str().to_owned(),
    ]
}

fn refused(error: AccountsError) -> Failure {
    let said = error.to_string();
    match error {
        AccountsError::Failed(failure) => serve_failed(&failure),
        AccountsError::NoOrganisation(_) => Failure::new(Kind::NotFound, said)
            .advise("An organisation is there once somebody with an address of its domain has signed up."),
        AccountsError::Unmanaged(_) => {
            Failure::new(Kind::RequestRefused, said).advise("A member proves the domain with clausa claim.")
        }
        _ => Failure::new(Kind::RequestRefused, said).advise("Nothing was changed."),
    }
}
