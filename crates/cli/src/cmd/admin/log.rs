//! `clausa admin log`: verifying logs as they are stored, and taking old months out of the database.

use super::Data;
use crate::context::Context;
use crate::failure::Outcome;

mod audit;
mod detach;
mod file;
mod month;
mod read;
mod rewrite;
mod verify;

pub(super) use rewrite::{Rewritten, parts_in};

/// Verify the stored logs; detach old months into files; read those
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    Verify(verify::Args),
    Detach(detach::Args),
    Read(read::Args),
}

/// Does it.
pub(super) async fn run(args: Args, context: &Context) -> Outcome {
    match args.action {
        Action::Verify(args) => verify::run(args, context).await,
        Action::Detach(args) => detach::run(args, context).await,
        Action::Read(args) => read::run(&args, context),
    }
}
