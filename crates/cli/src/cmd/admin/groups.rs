//! `clausa admin groups`: who belongs to an organisation's groups.

mod table;

use clausa_core::address::{Address, Domain};
use clausa_server::usecase::groups::{self, GroupError, Member, MemberKind};
use serde_json::json;

use super::Data;
use crate::cmd::serve::serve_failed;
use crate::context::Context;
use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome};

/// Keep an organisation's groups
///
/// A group has an address in the organisation's domain. A file that is protected for this address opens for whoever belongs to the group when he asks: a change counts from the next licence on. Members are people, by the addresses they have proven or will prove, of this organisation or another, and groups of this organisation. Every change is in the organisation's log.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    List(List),
    Show(Show),
    Create(Create),
    Delete(Delete),
    Add(Add),
    Remove(Remove),
    Export(table::Export),
    Import(table::Import),
}

/// List an organisation's groups
#[derive(clap::Args, Debug)]
struct List {
    /// A domain of the organisation
    #[arg(value_name = "DOMAIN")]
    domain: String,
    #[command(flatten)]
    data: Data,
}

/// Show who is in a group
#[derive(clap::Args, Debug)]
struct Show {
    /// The group's address
    #[arg(value_name = "GROUP")]
    group: String,
    #[command(flatten)]
    data: Data,
}

/// Make a group without members
#[derive(clap::Args, Debug)]
struct Create {
    /// The group's address, in a domain of the organisation and no account's
    #[arg(value_name = "GROUP")]
    group: String,
    /// What people call it
    #[arg(long, value_name = "NAME", default_value = "")]
    name: String,
    #[command(flatten)]
    data: Data,
}

/// Delete a group
///
/// Files that name it stay, and open for nobody by it any more.
#[derive(clap::Args, Debug)]
struct Delete {
    /// The group's address
    #[arg(value_name = "GROUP")]
    group: String,
    #[command(flatten)]
    data: Data,
}

/// Put people or groups into a group: all of them, or none
#[derive(clap::Args, Debug)]
struct Add {
    /// The group's address
    #[arg(value_name = "GROUP")]
    group: String,
    /// Addresses of people or groups
    #[arg(value_name = "MEMBER", required = true)]
    members: Vec<String>,
    #[command(flatten)]
    data: Data,
}

/// Take people or groups out of a group: all of them, or none
///
/// They get no further licence by it. Licences that devices keep for use without a network end when they end.
#[derive(clap::Args, Debug)]
struct Remove {
    /// The group's address
    #[arg(value_name = "GROUP")]
    group: String,
    /// Addresses of people or groups
    #[arg(value_name = "MEMBER", required = true)]
    members: Vec<String>,
    #[command(flatten)]
    data: Data,
}

/// Does it.
pub(super) async fn run(args: Args, context: &Context) -> Outcome {
    match args.action {
        Action::List(args) => list(args, context).await,
        Action::Show(args) => show(args, context).await,
        Action::Create(args) => create(args, context).await,
        Action::Delete(args) => delete(args, context).await,
        Action::Add(args) => add(args, context).await,
        Action::Remove(args) => remove(args, context).await,
        Action::Export(args) => table::export(args, context).await,
        Action::Import(args) => table::import(args, context).await,
    }
}

async fn list(args: List, context: &Context) -> Outcome {
    let domain: Domain = args.domain.parse()?;
    let state = args.data.open().await?;
    let outcome = groups::list(&state, &domain).await;
    state.store().close().await;
    let groups = outcome.map_err(refused)?;
    let values: Vec<_> = groups
        .iter()
        .map(|group| json!({ "address": group.address, "name": group.name }))
        .collect();
    context.printer.result(&json!({ "groups": values }), |words| {
        if groups.is_empty() {
            return words.line(&format!("{domain} has no groups."));
        }
        let mut rows = vec![vec!["GROUP".to_owned(), "NAME".to_owned()]];
        rows.extend(
            groups
                .iter()
                .map(|group| vec![group.address.to_string(), group.name.clone()]),
        );
        words.table(&rows)
    })
}

async fn show(args: Show, context: &Context) -> Outcome {
    let address: Address = args.group.parse()?;
    let state = args.data.open().await?;
    let outcome = groups::show(&state, &address).await;
    state.store().close().await;
    let (group, members) = outcome.map_err(refused)?;
    let kind = |kind| match kind {
        MemberKind::Group => "group",
        MemberKind::Account => "account",
        MemberKind::NoAccount => "no account yet",
    };
    let values: Vec<_> = members
        .iter()
        .map(|member| json!({ "address": member.address, "kind": kind(member.kind) }))
        .collect();
    let value = json!({ "address": group.address, "name": group.name, "members": values });
    context.printer.result(&value, |words| {
        words.heading(&match group.name.as_str() {
            "" => group.address.to_string(),
            name => format!("{} ({name})", group.address),
        })?;
        if members.is_empty() {
            return words.line("Nobody is in it.");
        }
        let mut rows = vec![vec!["MEMBER".to_owned(), "IS".to_owned()]];
        let row = |member: &Member| vec![member.address.to_string(), kind(member.kind).to_owned()];
        rows.extend(members.iter().map(row));
        words.table(&rows)
    })
}

async fn create(args: Create, context: &Context) -> Outcome {
    let group: Address = args.group.parse()?;
    let state = args.data.open().await?;
    let outcome = groups::create(&state, &group, &args.name).await;
    state.store().close().await;
    outcome.map_err(refused)?;
    context.printer.result(&json!({ "created": group }), |words| {
        words.line(&format!("Made {group}. Nobody is in it yet."))?;
        words.line("Put people into it with clausa admin groups add.")
    })
}

async fn delete(args: Delete, context: &Context) -> Outcome {
    let group: Address = args.group.parse()?;
    let state = args.data.open().await?;
    let outcome = groups::delete(&state, &group).await;
    state.store().close().await;
    outcome.map_err(refused)?;
    context.printer.result(&json!({ "deleted": group }), |words| {
        words.line(&format!(
            "Deleted {group}. Files that name it open for nobody by it."
        ))
    })
}

async fn add(args: Add, context: &Context) -> Outcome {
    let group: Address = args.group.parse()?;
    let members = addresses(&args.members)?;
    let state = args.data.open().await?;
    let outcome = groups::add(&state, &group, &members).await;
    state.store().close().await;
    let added = outcome.map_err(refused)?;
    context
        .printer
        .result(&json!({ "group": group, "added": added }), |words| {
            words.line(&match added {
                0 => format!("They were in {group} already."),
                1 => format!("1 member more in {group}."),
                _ => format!("{added} members more in {group}."),
            })
        })
}

async fn remove(args: Remove, context: &Context) -> Outcome {
    let group: Address = args.group.parse()?;
    let members = addresses(&args.members)?;
    let state = args.data.open().await?;
    let outcome = groups::remove(&state, &group, &members).await;
    state.store().close().await;
    outcome.map_err(refused)?;
    let removed = members.len();
    context
        .printer
        .result(&json!({ "group": group, "removed": removed }), |words| {
            words.line(&match removed {
                1 => format!("1 member less in {group}."),
                _ => format!("{removed} members less in {group}."),
            })
        })
}

fn addresses(typed: &[String]) -> Outcome<Vec<Address>> {
    typed
        .iter()
        .map(|text| {
            let read: Result<Address, _> = text.parse();
            read.map_err(|error| Failure::from(error).about(text))
        })
        .collect()
}

fn refused(error: GroupError) -> Failure {
    let said = error.to_string();
    match error {
        GroupError::Failed(failure) => serve_failed(&failure),
        GroupError::NoOrganisation(_) => Failure::new(Kind::NotFound, said)
            .advise("An organisation is there once somebody with an address of its domain has signed up."),
        GroupError::Unknown(_) => {
            Failure::new(Kind::NotFound, said).advise("Look at the groups: clausa admin groups list DOMAIN")
        }
        GroupError::NoMember { .. } => {
            Failure::new(Kind::NotFound, said).advise("Look at the members: clausa admin groups show GROUP")
        }
        _ => Failure::new(Kind::RequestRefused, said).advise("Nothing was changed."),
    }
}
