//! `clausa admin controls`: what an organisation's administrator sets for everybody in it.

use clap::builder::BoolishValueParser;
use clausa_api::controls::{Controls, ControlsChange, PreviewPerson, PreviewRequest};
use clausa_client::Client;
use clausa_core::time::Timestamp;
use serde_json::json;

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::{step_up, terms};

/// See and set what holds for everybody in the organisation that you administer
///
/// Who comes in by himself, who protects files and with which templates, who never receives any, how one signs in and for how long. What is protected already goes on opening for the same people, except for people of a domain that never receives.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Say what holds
    Show,
    /// Set it; asks you to show again that it is you
    Set(Change),
    /// Say who would protect files; nothing is set
    WhoProtects(Change),
}

/// What is not given stays as it is.
#[derive(clap::Args, Debug)]
struct Change {
    /// The organisation's plan: individual or organisation
    #[arg(long, value_name = "PLAN", value_parser = ["individual", "organisation"])]
    plan: Option<String>,
    /// Let whoever proves an address of your domains make an account
    #[arg(long, value_name = "YES|NO", value_parser = BoolishValueParser::new())]
    joining: Option<bool>,
    /// Let people do so while the organisation has the individual plan
    #[arg(long, value_name = "YES|NO", value_parser = BoolishValueParser::new())]
    free_plan: Option<bool>,
    /// Let files be protected while the organisation has the individual plan
    #[arg(long, value_name = "YES|NO", value_parser = BoolishValueParser::new())]
    trial_protects: Option<bool>,
    /// Have everybody sign in with two factors, or a passkey
    #[arg(long, value_name = "YES|NO", value_parser = BoolishValueParser::new())]
    second_factor: Option<bool>,
    /// Have everybody sign in anew after so many hours; 0 for never
    #[arg(long, value_name = "HOURS")]
    session_hours: Option<u32>,
    /// Who protects files: everybody, nobody, user:EMAIL, group:EMAIL or domain:DOMAIN, each maybe with =TEMPLATE; may be given several times
    #[arg(long, value_name = "WHO")]
    protector: Vec<String>,
    /// Domain whose people get none of your files, or none; may be given several times
    #[arg(long, value_name = "DOMAIN")]
    never_receive: Vec<String>,
    /// What people are told to do when one of these stops them; empty for nothing
    #[arg(long, value_name = "TEXT")]
    contact: Option<String>,
}

impl Change {
    fn into_request(self) -> ControlsChange {
        ControlsChange {
            plan: self.plan,
            joining: self.joining,
            free_plan: self.free_plan,
            trial_protects: self.trial_protects,
            second_factor: self.second_factor,
            session_hours: self.session_hours,
            protectors: list(self.protector, "nobody"),
            never_receive: list(self.never_receive, "none"),
            contact: self.contact,
        }
    }
}

/// The words that were given; `nothing` alone empties the list, and none leave it.
fn list(given: Vec<String>, nothing: &str) -> Option<Vec<String>> {
    match given.as_slice() {
        [] => None,
        [one] if one == nothing => Some(Vec::new()),
        _ => Some(given),
    }
}

/// Does it.
pub(super) async fn run(args: Args, context: &Context) -> Outcome {
    match args.action {
        None | Some(Action::Show) => {
            let client = context.client().await?;
            show(&client.controls().await?, context)
        }
        Some(Action::Set(change)) => {
            let change = change.into_request();
            if json!(change) == json!({}) {
                return Err(
                    Failure::usage("nothing is to be set").advise("See: clausa admin controls set --help")
                );
            }
            let client = context.client().await?;
            step_up::ensure(context, &client).await?;
            show(&client.change_controls(&change).await?, context)
        }
        Some(Action::WhoProtects(change)) => {
            let client = context.client().await?;
            let people = people(&client, change.into_request()).await?;
            context
                .printer
                .result(&json!({ "people": people }), |words| words.table(&table(&people)))
        }
    }
}

async fn people(client: &Client, change: ControlsChange) -> Outcome<Vec<PreviewPerson>> {
    let (mut people, mut request) = (Vec::new(), PreviewRequest { change, after: None });
    loop {
        let page = client.preview_controls(&request).await?;
        people.extend(page.people);
        match page.next {
            Some(next) => request.after = Some(next),
            None => return Ok(people),
        }
    }
}

fn table(people: &[PreviewPerson]) -> Vec<Vec<String>> {
    let mut rows = vec![["WHO", "PROTECTS", "BY"].map(String::from).to_vec()];
    for person in people {
        let protects = match (&person.templates, person.protects) {
            (Some(templates), true) => format!("with {}", templates.join(", ")),
            (None, true) => "yes".to_owned(),
            (_, false) => "no".to_owned(),
        };
        rows.push(vec![person.address.clone(), protects, person.by.join(", ")]);
    }
    rows
}

fn show(controls: &Controls, context: &Context) -> Outcome {
    let yes = |flag: bool| if flag { "yes" } else { "no" }.to_owned();
    let all = |list: &[String], nothing: &str| match list.is_empty() {
        true => nothing.to_owned(),
        false => list.join(", "),
    };
    let hours = match controls.session_hours {
        0 => "no limit".to_owned(),
        hours => hours.to_string(),
    };
    let changed = controls.changed_at.map_or("never".to_owned(), |at| {
        terms::moment(Timestamp::from_seconds(at))
    });
    let rows = [
        ("plan", controls.plan.clone()),
        ("joining", yes(controls.joining)),
        ("free plan", yes(controls.free_plan)),
        ("trial protects", yes(controls.trial_protects)),
        ("second factor", yes(controls.second_factor)),
        ("session hours", hours),
        ("protectors", all(&controls.protectors, "nobody")),
        ("never receive", all(&controls.never_receive, "none")),
        ("contact", controls.contact.clone().unwrap_or_default()),
        ("set", changed),
    ]
    .map(|(name, value)| vec![name.to_owned(), value]);
    context
        .printer
        .result(&json!(controls), |words| words.table(&rows))
}

#[cfg(test)]
mod tests {
    use super::list;

    #[test]
    fn nothing_given_leaves_and_nobody_empties() {
        let given = |words: &[&str]| words.iter().map(ToString::to_string).collect();
        assert_eq!(list(given(&[]), "nobody"), None);
        assert_eq!(list(given(&["nobody"]), "nobody"), Some(Vec::new()));
        assert_eq!(list(given(&["everybody"]), "nobody"), Some(given(&["everybody"])));
    }
}
