//! `clausa admin check`, `backup`, `restore` and `migrate`: an authority's database as a whole.

use std::path::PathBuf;

use clausa_server::config::DataConfig;
use clausa_server::upkeep::{self, StoreError, UpkeepError};
use serde_json::json;

use super::examined::Examined;
use super::{Data, Database, absolute};
use crate::context::Context;
use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome, sentence};

/// Read an authority's whole database through
///
/// A file's pages and references, every sealed value under the keys of the folder, and every organisation's log from its first entry to the last. The authority may be running. The folder may be a backup.
#[derive(clap::Args, Debug)]
pub(super) struct Check {
    #[command(flatten)]
    data: Data,
}

/// Copy an authority's database, keys, origin and settings as they are at one moment
///
/// The authority may be running. The copy is a folder whose database is a file, whatever the authority's is. It is read through before it gets its name, and nothing is ever written over. It holds the keys: whoever has it can open everything, so keep it as safe as the folder itself.
#[derive(clap::Args, Debug)]
pub(super) struct Backup {
    #[command(flatten)]
    data: Data,
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
    /// An empty PostgreSQL database for it instead of a file in the folder; without its password
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// File with the password of the database's user, readable by you alone
    #[arg(long, value_name = "FILE", requires = "database")]
    database_password_file: Option<PathBuf>,
}

/// Bring the schema of an authority's database up to date
///
/// The next start would do the same; this does it beforehand, and says what it did. There is no way back but a backup.
#[derive(clap::Args, Debug)]
pub(super) struct Migrate {
    #[command(flatten)]
    data: Data,
}

/// Reads a folder through.
pub(super) async fn check(args: Check, context: &Context) -> Outcome {
    let (folder, database) = (args.data.folder()?, database(&args.data)?);
    let found = upkeep::check(&folder, &database)
        .await
        .map_err(|error| failed(&error))?;
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
    let (folder, target) = (args.data.folder()?, absolute(&args.to)?);
    let found = upkeep::back_up(&folder, &database(&args.data)?, &target)
        .await
        .map_err(|error| failed(&error))?;
    Examined(&found).print(&target, "backup", context)
}

/// Makes a folder out of a copy.
pub(super) async fn restore(args: Restore, context: &Context) -> Outcome {
    let (backup, folder) = (absolute(&args.from)?, absolute(&args.data)?);
    let mut config = DataConfig::default();
    let given = Database {
        database: args.database,
        database_password_file: args.database_password_file,
    };
    given.apply(&mut config)?;
    let database = upkeep::Database::of(&config).map_err(|error| failed(&error))?;
    let found = upkeep::restore(&backup, &folder, &database)
        .await
        .map_err(|error| failed(&error))?;
    Examined(&found).print(&folder, "restored", context)
}

/// Brings a folder's database up to date.
pub(super) async fn migrate(args: Migrate, context: &Context) -> Outcome {
    let folder = args.data.folder()?;
    let migrated = upkeep::migrate(&folder, &database(&args.data)?).await;
    let (before, after) = migrated.map_err(|error| failed(&error))?;
    let value = json!({ "data": folder, "before": before, "after": after });
    context.printer.result(&value, |words| {
        words.line(&match before == after {
            true => format!("The schema is up to date: {after}."),
            false => format!("The schema was {before} and is {after} now."),
        })
    })
}

fn database(data: &Data) -> Outcome<upkeep::Database> {
    upkeep::Database::of(&data.configuration()?.data).map_err(|error| failed(&error))
}

pub(super) fn failed(error: &UpkeepError) -> Failure {
    let kind = match error {
        UpkeepError::Exists(_) | UpkeepError::Store(StoreError::Occupied { .. }) => Kind::OutputExists,
        UpkeepError::Broken { .. } | UpkeepError::Store(StoreError::Unlike { .. }) => Kind::CheckFailed,
        _ => Kind::ServeFailed,
    };
    let text = sentence(error);
    let failure = Failure::new(kind, text.strip_prefix("failed to ").unwrap_or(&text));
    match (kind, error) {
        (Kind::OutputExists, UpkeepError::Store(_)) => failure.advise("Name an empty database."),
        (Kind::OutputExists, _) => failure.advise("Name another folder."),
        (Kind::CheckFailed, _) => {
            failure.advise("Use another backup, or look at it: clausa admin check --data DIR")
        }
        (_, UpkeepError::Store(_) | UpkeepError::Config(_)) => {
            failure.advise("Check the folder, or the database's URL, user and password.")
        }
        _ => failure.advise("Check the folder; its files belong to the authority's user alone."),
    }
}
