//! `clausa completions`: completions for a shell.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::args::Cli;
use crate::context::Context;
use crate::failure::{Failure, Outcome};

/// Print completions for a shell
///
/// For example, bash: clausa completions bash > ~/.local/share/bash-completion/completions/clausa
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Prints the completions.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "clausa", &mut script);
    std::io::Write::write_all(&mut context.printer.clear_bytes(), &script)
        .map_err(|error| Failure::output(&error))
}
