//! `clausa admin`: the operator's work on an authority's data, beside the running authority or without it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clausa_server::{AppState, Config, SystemClock, operator};

use super::serve::{self, settings};
use crate::context::Context;
use crate::failure::{Failure, Outcome};

mod examined;
mod forget;
mod groups;
mod log;
mod passwords;
mod upkeep;

/// Look after an authority's data
///
/// For the operator, with access to the authority's folder. The authority may go on running.
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
    Forget(forget::Args),
    Groups(groups::Args),
    Passwords(passwords::Args),
    Log(log::Args),
}

/// Which authority.
#[derive(clap::Args, Debug)]
struct Data {
    /// The authority's folder
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

impl Data {
    /// Opens what is there; makes nothing.
    async fn open(&self) -> Outcome<AppState> {
        let folder = std::path::absolute(&self.data)
            .map_err(|error| Failure::from_read(&error, &self.data.display().to_string()))?;
        let config = configuration(&folder)?;
        let opened = operator::open(config, Arc::new(SystemClock)).await;
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

/// Does it.
pub async fn run(args: Args, context: &Context) -> Outcome {
    match args.action {
        Action::Check(args) => upkeep::check(args, context).await,
        Action::Backup(args) => upkeep::back_up(args, context).await,
        Action::Restore(args) => upkeep::restore(args, context).await,
        Action::Migrate(args) => upkeep::migrate(args, context).await,
        Action::Forget(args) => forget::run(args, context).await,
        Action::Groups(args) => groups::run(args, context).await,
        Action::Passwords(args) => passwords::run(&args, context),
        Action::Log(args) => log::run(args, context).await,
    }
}
