//! `clausa config`: an authority's configuration, without starting it.

use std::path::PathBuf;

use clausa_server::rehearsal::{self, Finding};
use clausa_server::upkeep::SETTINGS;
use clausa_server::{Config, SystemClock};
use serde_json::json;

use crate::context::Context;
use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome};

/// Look at the configuration of an authority
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    Check(Check),
}

/// Say everything that would keep an authority from starting, without starting it
///
/// Reads the configuration, the certificate and its key, the file with the mail password, the data folder with its keys and database, the clock, and the addresses to listen on. Changes nothing; an authority may be running.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  clausa config check --data /var/lib/clausa
  clausa config check new.toml")]
struct Check {
    /// The configuration file
    #[arg(
        value_name = "FILE",
        required_unless_present = "data",
        conflicts_with = "data"
    )]
    file: Option<PathBuf>,
    /// The authority's folder, with its authority.toml
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// What to look at.
pub struct Plan {
    file: PathBuf,
    folder: Option<PathBuf>,
}

impl Args {
    /// The file, and the folder that `serve --data` would set.
    pub fn resolve(self) -> Outcome<Plan> {
        let Action::Check(check) = self.action;
        let absolute = |path: PathBuf| {
            std::path::absolute(&path)
                .map_err(|error| Failure::from_read(&error, &path.display().to_string()))
        };
        let folder = check.data.map(absolute).transpose()?;
        let file = match (check.file, &folder) {
            (Some(file), _) => absolute(file)?,
            (None, Some(folder)) => folder.join(SETTINGS),
            (None, None) => return Err(Failure::usage("name a configuration file, or --data DIR")),
        };
        Ok(Plan { file, folder })
    }
}

/// Checks, and says everything that is wrong.
pub async fn run(plan: Plan, context: &Context) -> Outcome {
    let read = match &plan.folder {
        // A folder without a file has the defaults.
        Some(_) if !plan.file.exists() => Ok(Config::default()),
        _ => rehearsal::read(&plan.file),
    };
    let findings = match read {
        Ok(mut config) => {
            if let Some(folder) = plan.folder {
                config.data.folder = folder;
            }
            rehearsal::rehearse(&config, &SystemClock).await
        }
        Err(findings) => findings,
    };
    let value = json!({
        "file": plan.file,
        "ok": findings.is_empty(),
        "problems": findings.iter().map(value).collect::<Vec<_>>(),
    });
    context.printer.result(&value, |words| {
        for finding in &findings {
            words.field(&finding.key, &finding.text)?;
        }
        match findings.len() {
            0 => words.line("The authority can be started with this configuration."),
            _ => Ok(()),
        }
    })?;
    match findings.len() {
        0 => Ok(()),
        1 => Err(found("the configuration has a problem".to_owned())),
        number => Err(found(format!("the configuration has {number} problems"))),
    }
}

fn value(finding: &Finding) -> serde_json::Value {
    json!({ "key": finding.key, "problem": finding.text })
}

fn found(what: String) -> Failure {
    Failure::new(Kind::CheckFailed, what).advise("Change the keys that are named, and check again.")
}
