//! `clausa admin`: the operator's work on an authority's data, beside the running authority or without it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clausa_server::config::DataConfig;
use clausa_server::{AppState, Config, SystemClock, operator};

use super::serve::{self, settings};
use crate::context::Context;
use crate::failure::{Failure, Outcome};

mod accounts;
mod controls;
mod copy;
mod csv;
mod examined;
mod forget;
mod groups;
mod log;
mod passwords;
mod people;
mod upkeep;

/// Look after an authority's data
///
/// For the operator, with access to the authority's folder. The authority may go on running. Only `controls` and `people` are for an organisation's administrator, signed in like everybody, from anywhere.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    Check(upkeep::Check),
    Backup(upkeep::Backup),
    Restore(upkeep::Restore),
    Migrate(upkeep::Migrate),
    Copy(copy::Args),
    Controls(controls::Args),
    Forget(forget::Args),
    Accounts(accounts::Args),
    Groups(groups::Args),
    Passwords(passwords::Args),
    People(people::Args),
    Log(log::Args),
}

/// Which authority.
#[derive(clap::Args, Debug)]
struct Data {
    /// The authority's folder
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    database: Database,
}

/// Which database, when it is not the folder's or the one in its settings.
#[derive(clap::Args, Debug)]
struct Database {
    /// PostgreSQL database, when authority.toml does not name it; without its password
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// File with the password of the database's user, readable by you alone
    #[arg(long, value_name = "FILE")]
    database_password_file: Option<PathBuf>,
}

impl Database {
    /// Puts what was given over what the settings say.
    fn apply(&self, config: &mut DataConfig) -> Outcome {
        if let Some(url) = &self.database {
            config.database = Some(url.clone());
            config.database_password_file = None;
        }
        if let Some(file) = &self.database_password_file {
            config.database_password_file = Some(absolute(file)?);
        }
        Ok(())
    }
}

impl Data {
    fn folder(&self) -> Outcome<PathBuf> {
        absolute(&self.data)
    }

    /// The folder's settings, with what was given over them.
    fn configuration(&self) -> Outcome<Config> {
        let mut config = configuration(&self.folder()?)?;
        self.database.apply(&mut config.data)?;
        Ok(config)
    }

    /// Opens what is there; makes nothing.
    async fn open(&self) -> Outcome<AppState> {
        let opened = operator::open(self.configuration()?, Arc::new(SystemClock)).await;
        opened.map_err(|error| serve::serve_failed(&error).advise("Check the folder given with --data."))
    }
}

fn configuration(folder: &Path) -> Outcome<Config> {
    let file = folder.join(settings::FILE_NAME);
    let mut config = if file.exists() {
        Config::from_file(&file)
            .map_err(|error| serve::serve_failed(&error).about(&file.display().to_string()))?
    } else {
        Config::default()
    };
    config.data.folder = folder.to_owned();
    Ok(config)
}

fn absolute(path: &Path) -> Outcome<PathBuf> {
    std::path::absolute(path).map_err(|error| Failure::from_read(&error, &path.display().to_string()))
}

/// Does it.
pub async fn run(args: Args, context: &Context) -> Outcome {
    match args.action {
        Action::Check(args) => upkeep::check(args, context).await,
        Action::Backup(args) => upkeep::back_up(args, context).await,
        Action::Restore(args) => upkeep::restore(args, context).await,
        Action::Migrate(args) => upkeep::migrate(args, context).await,
        Action::Copy(args) => copy::run(args, context).await,
        Action::Controls(args) => controls::run(args, context).await,
        Action::Forget(args) => forget::run(args, context).await,
        Action::Accounts(args) => accounts::run(args, context).await,
        Action::Groups(args) => groups::run(args, context).await,
        Action::Passwords(args) => passwords::run(&args, context),
        Action::People(args) => people::run(args, context).await,
        Action::Log(args) => log::run(args, context).await,
    }
}
