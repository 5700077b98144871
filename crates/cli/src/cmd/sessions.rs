//! `clausa sessions`: what is signed in as oneself.

use clausa_api::session::{Session, SessionKind};
use clausa_core::time::Timestamp;
use serde_json::json;

use crate::context::Context;
use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome};
use crate::{step_up, terms};

/// List what is signed in as you, on devices and in browsers, or end it
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// List your sessions
    List,
    /// End a session: whatever holds it is signed out
    #[command(group = clap::ArgGroup::new("which").required(true))]
    End {
        /// The session, or as many of its first digits as tell it from the others
        #[arg(value_name = "SESSION", group = "which")]
        session: Option<String>,
        /// End all but this one; asks you to show again that it is you
        #[arg(long, group = "which")]
        others: bool,
    },
}

/// What to do.
pub enum Plan {
    /// List them.
    List,
    /// End the one that begins like this.
    End(String),
    /// End all but this one.
    EndOthers,
}

/// Fewer digits could name another session by mistake.
const SHORTEST_PREFIX: usize = 6;

impl Args {
    /// Refuses a prefix that is too short or no prefix of a session.
    pub fn resolve(self) -> Outcome<Plan> {
        match self.action {
            None | Some(Action::List) => Ok(Plan::List),
            Some(Action::End { session: None, .. }) => Ok(Plan::EndOthers),
            Some(Action::End {
                session: Some(session),
                ..
            }) => {
                let is_hex = session.bytes().all(|byte| byte.is_ascii_hexdigit());
                if !is_hex || session.len() < SHORTEST_PREFIX {
                    return Err(Failure::usage(format!(
                        "`{session}` does not name a session: at least {SHORTEST_PREFIX} hexadecimal digits are needed"
                    ))
                    .advise("See your sessions with: clausa sessions"));
                }
                Ok(Plan::End(session.to_ascii_lowercase()))
            }
        }
    }
}

/// Lists or ends.
pub async fn run(plan: Plan, context: &Context) -> Outcome {
    let client = context.client().await?;
    match plan {
        Plan::List => {
            let sessions = client.sessions().await?;
            context.printer.result(&json!({ "sessions": sessions }), |words| {
                words.table(&table(&sessions))
            })
        }
        Plan::End(prefix) => {
            let sessions = client.sessions().await?;
            let mut matching = sessions.iter().filter(|session| session.id.starts_with(&prefix));
            let (Some(session), None) = (matching.next(), matching.next()) else {
                return Err(Failure::new(
                    Kind::NotFound,
                    format!("`{prefix}` does not name exactly one of your sessions"),
                )
                .advise("See your sessions with: clausa sessions"));
            };
            client.end_own_session(&session.id).await?;
            context.printer.result(&json!({ "ended": session.id }), |words| {
                words.line(&format!("Ended {} ({}).", place(session), short(session)))
            })
        }
        Plan::EndOthers => {
            step_up::ensure(context, &client).await?;
            let ended = client.end_other_sessions().await?;
            context.printer.result(&json!({ "ended": ended }), |words| {
                words.line(&ended_others(ended))
            })
        }
    }
}

/// One line about the other sessions that an act has ended.
pub fn ended_others(ended: u64) -> String {
    match ended {
        0 => "Nothing else was signed in as you.".to_owned(),
        1 => "One other session was ended.".to_owned(),
        _ => format!("{ended} other sessions were ended."),
    }
}

fn table(sessions: &[Session]) -> Vec<Vec<String>> {
    let head = ["SESSION", "WHERE", "SINCE", "LAST SEEN", "SIGNED IN BY", ""];
    let mut rows = vec![head.map(String::from).to_vec()];
    for session in sessions {
        let here = if session.current { "this one" } else { "" };
        rows.push(vec![
            short(session),
            place(session),
            terms::moment(Timestamp::from_seconds(session.created_at)),
            terms::moment(Timestamp::from_seconds(session.last_seen)),
            session.proven_by.join(", "),
            here.to_owned(),
        ]);
    }
    rows
}

/// Where a session is, as its owner knows it.
fn place(session: &Session) -> String {
    let client = session.client.as_deref().unwrap_or("unknown");
    match (&session.device_name, session.kind) {
        (Some(name), _) => name.clone(),
        (None, SessionKind::Browser) => format!("browser: {client}"),
        (None, SessionKind::Client) => client.to_owned(),
    }
}

fn short(session: &Session) -> String {
    session.id.chars().take(12).collect()
}
