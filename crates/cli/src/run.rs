//! From the command line to the exit code.

use std::time::Duration;

use clap::Parser as _;

use crate::args::{Cli, Command};
use crate::cmd;
use crate::context::Context;
use crate::exit_codes::{self, Kind};
use crate::failure::{Failure, Outcome};
use crate::printer::{Printer, Style};
use crate::stop::Stop;

/// Reads the command line, runs the command and returns the exit code.
pub fn run() -> u8 {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // The options could not be read, so that they are looked for here.
            let json = std::env::args_os().any(|argument| argument == "--json");
            return Printer::new(Style {
                json,
                ..Style::default()
            })
            .usage(&error);
        }
    };
    let printer = Printer::new(cli.global.style());
    let command = cli.command.name();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let failure = Failure::new(
                Kind::Internal,
                format!("the program could not start its threads: {error}"),
            );
            printer.failure(&failure);
            return failure.exit_code();
        }
    };
    let outcome = runtime.block_on(async {
        let stop = Stop::listen()
            .map_err(|error| Failure::new(Kind::Internal, format!("signals cannot be received: {error}")))?;
        let context = Context::new(Printer::new(cli.global.style()), stop.clone(), cli.global);
        stop.guard(dispatch(cli.command, &context)).await
    });
    // A thread that still waits for a person's answer is not waited for.
    runtime.shutdown_timeout(Duration::from_millis(50));
    match outcome {
        Ok(()) => exit_codes::SUCCESS,
        Err(failure) => {
            let failure = failure.advise_help(command);
            printer.failure(&failure);
            failure.exit_code()
        }
    }
}

async fn dispatch(command: Command, context: &Context) -> Outcome {
    match command {
        Command::Signup(args) => cmd::signup::run(args.resolve()?, context).await,
        Command::Login(args) => cmd::login::run(args.resolve()?, context).await,
        Command::Logout(args) => cmd::logout::run(&args, context).await,
        Command::Whoami(args) => cmd::whoami::run(&args, context).await,
        Command::Devices(args) => cmd::devices::run(args.resolve()?, context).await,
        Command::Sessions(args) => cmd::sessions::run(args.resolve()?, context).await,
        Command::Password(args) => cmd::password::run(&args, context).await,
        Command::Factors(args) => cmd::factors::run(args, context).await,
        Command::Claim(args) => cmd::claim::run(args, context).await,
        Command::Account(args) => cmd::account::run(args, context).await,
        Command::Templates(args) => cmd::templates::run(&args, context).await,
        Command::Protect(args) => cmd::protect::run(args.resolve()?, context).await,
        Command::Open(args) => cmd::open::run(args.resolve()?, context).await,
        Command::Edit(args) => cmd::edit::run(args.resolve()?, context).await,
        Command::Reprotect(args) => cmd::reprotect::run(args.resolve()?, context).await,
        Command::Unprotect(args) => cmd::unprotect::run(args.resolve()?, context).await,
        Command::Inspect(args) => cmd::inspect::run(&args, context).await,
        Command::Rights(args) => cmd::rights::run(&args, context).await,
        Command::Log(args) => cmd::log::run(args.resolve()?, context).await,
        Command::Revoke(args) => cmd::revoke::run(args.resolve()?, context).await,
        Command::Trust(args) => cmd::trust::run(args.resolve()?, context).await,
        #[cfg(feature = "server")]
        Command::Serve(args) => cmd::serve::run(args.resolve()?, context).await,
        #[cfg(feature = "server")]
        Command::Config(args) => cmd::config::run(args.resolve()?, context).await,
        #[cfg(feature = "server")]
        Command::Admin(args) => cmd::admin::run(args, context).await,
        #[cfg(feature = "server")]
        Command::Demo(args) => cmd::demo::run(args.resolve()?, context).await,
        #[cfg(feature = "server")]
        Command::Bench(args) => cmd::bench::run(args.resolve()?, context).await,
        Command::Completions(args) => cmd::completions::run(&args, context),
        Command::Man(args) => cmd::man::run(&args, context),
        Command::Reference(args) => cmd::reference::run(&args, context),
    }
}
