//! `clausa admin check`, `backup`, `restore` and `migrate`: the database in the folder, as a whole.

use std::path::{Path, PathBuf};

use clausa_server::upkeep::{self, UpkeepError};
use serde_json::json;

use super::examined::Examined;
use crate::context::Context;
use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome, sentence};

/// Read an authority's whole database through
///
/// Its pages and references, every sealed value under the keys of the folder, and every organisation's log from its first entry to the last. The authority may be running.
#[derive(clap::Args, Debug)]
pub(super) struct Check {
    /// The authority's folder, or a backup
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

/// Copy an authority's database, keys, origin and settings as they are at one moment
///
/// The authority may be running. The copy is read through before it gets its name, and nothing is ever written over. It holds the keys: whoever has it can open everything, so keep it as safe as the folder itself.
#[derive(clap::Args, Debug)]
pub(super) struct Backup {
    /// The authority's folder
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The folder to make
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

/// Make an authority's folder out of a backup
///
/// The backup is read through. The folder must be empty, or not there. What happened after the backup is gone.
#[derive(clap::Args, Debug)]
pub(super) struct Restore {
    /// The backup
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// The folder to make
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

/// Bring the schema of an authority's database up to date
///
/// The next start would do the same; this does it beforehand, and says what it did. There is no way back but a backup.
#[derive(clap::Args, Debug)]
pub(super) struct Migrate {
    /// The authority's folder
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

/// Reads a folder through.
pub(super) async fn check(args: Check, context: &Context) -> Outcome {
    let folder = absolute(&args.data)?;
    let found = upkeep::check(&folder).await.map_err(|error| failed(&error))?;
    Examined(&found).print(&folder, "checked", context)?;
    match found.problems.len() {
        0 => Ok(()),
        number => Err(Failure::new(
            Kind::CheckFailed,
            format!(
                "{number} {} wrong",
                if number == 1 { "thing is" } else { "things are" }
            ),
        )
        .advise("Restore a backup: clausa admin restore --from BACKUP --data DIR")),
    }
}

/// Copies a folder.
pub(super) async fn back_up(args: Backup, context: &Context) -> Outcome {
    let (folder, target) = (absolute(&args.data)?, absolute(&args.to)?);
    let found = upkeep::back_up(&folder, &target)
        .await
        .map_err(|error| failed(&error))?;
    Examined(&found).print(&target, "backup", context)
}

/// Makes a folder out of a copy.
pub(super) async fn restore(args: Restore, context: &Context) -> Outcome {
    let (backup, folder) = (absolute(&args.from)?, absolute(&args.data)?);
    let found = upkeep::restore(&backup, &folder)
        .await
        .map_err(|error| failed(&error))?;
    Examined(&found).print(&folder, "restored", context)
}

/// Brings a folder's database up to date.
pub(super) async fn migrate(args: Migrate, context: &Context) -> Outcome {
    let folder = absolute(&args.data)?;
    let (before, after) = upkeep::migrate(&folder).await.map_err(|error| failed(&error))?;
    let value = json!({ "data": folder, "before": before, "after": after });
    context.printer.result(&value, |words| {
        words.line(&match before == after {
            true => format!("The schema is up to date: {after}."),
            false => format!("The schema was {before} and is {after} now."),
        })
    })
}

fn failed(error: &UpkeepError) -> Failure {
    let kind = match error {
        UpkeepError::Exists(_) => Kind::OutputExists,
        UpkeepError::Broken { .. } => Kind::CheckFailed,
        _ => Kind::ServeFailed,
    };
    let text = sentence(error);
    let failure = Failure::new(kind, text.strip_prefix("failed to ").unwrap_or(&text));
    match kind {
        Kind::OutputExists => failure.advise("Name another folder."),
        Kind::CheckFailed => {
            failure.advise("Use another backup, or look at it: clausa admin check --data DIR")
        }
        _ => failure.advise("Check the folder; its files belong to the authority's user alone."),
    }
}

fn absolute(path: &Path) -> Outcome<PathBuf> {
    std::path::absolute(path).map_err(|error| Failure::from_read(&error, &path.display().to_string()))
}
