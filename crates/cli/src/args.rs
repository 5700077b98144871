//! The command line as typed: global options and one variant for each command.
//!
//! Here are raw values only. Each command turns its own into a plan (`resolve`), where contradictions are refused
//! before anything is touched.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::cmd;
use crate::printer::Style;

/// Files that stay under their owner's terms after they are sent.
///
/// Protect a file for named people or for your organisation, send it by any channel, and keep the say: who may open it, what they may do, until when, and with a record of it. Whoever receives a protected file proves his e-mail address once and opens it.
#[derive(Debug, Parser)]
#[command(
    name = "clausa",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = false,
    max_term_width = 100,
    after_help = "Exit codes: 0 success; every kind of failure has its own, listed in clausa(1) and docs/cli.md."
)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Folder that keeps your sign-in, device keys and cached licences (else CLAUSA_PROFILE, else the usual place)
    #[arg(long, global = true, value_name = "DIR")]
    pub profile: Option<PathBuf>,
    /// Authority to talk to, such as https://rights.example (else CLAUSA_AUTHORITY, else the profile's)
    #[arg(long, global = true, value_name = "URL")]
    pub authority: Option<String>,
    /// Print results as JSON, for programs
    #[arg(long, global = true)]
    pub json: bool,
    /// Print results and failures only
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Draw no progress bars
    #[arg(long, global = true)]
    pub no_progress: bool,
}

impl Global {
    /// How to print.
    pub fn style(&self) -> Style {
        Style {
            json: self.json,
            quiet: self.quiet,
            no_progress: self.no_progress,
        }
    }
}

/// One variant a command.
#[derive(Debug, Subcommand)]
#[allow(missing_docs, reason = "each command's help text stands at its arguments")]
pub enum Command {
    Signup(cmd::signup::Args),
    Login(cmd::login::Args),
    Logout(cmd::logout::Args),
    Whoami(cmd::whoami::Args),
    Devices(cmd::devices::Args),
    Sessions(cmd::sessions::Args),
    Password(cmd::password::Args),
    Factors(cmd::factors::Args),
    Claim(cmd::claim::Args),
    Account(cmd::account::Args),
    Templates(cmd::templates::Args),
    Protect(cmd::protect::Args),
    Open(cmd::open::Args),
    Edit(cmd::edit::Args),
    Reprotect(cmd::reprotect::Args),
    Unprotect(cmd::unprotect::Args),
    Inspect(cmd::inspect::Args),
    Rights(cmd::rights::Args),
    Log(cmd::log::Args),
    Revoke(cmd::revoke::Args),
    Trust(cmd::trust::Args),
    #[cfg(feature = "server")]
    Serve(cmd::serve::Args),
    #[cfg(feature = "server")]
    Config(cmd::config::Args),
    #[cfg(feature = "server")]
    Admin(cmd::admin::Args),
    #[cfg(feature = "server")]
    Demo(cmd::demo::Args),
    #[cfg(feature = "server")]
    Bench(cmd::bench::Args),
    Completions(cmd::completions::Args),
    Man(cmd::man::Args),
    #[command(hide = true)]
    Reference(cmd::reference::Args),
}

impl Command {
    /// The name, as typed.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Signup(_) => "signup",
            Self::Login(_) => "login",
            Self::Logout(_) => "logout",
            Self::Whoami(_) => "whoami",
            Self::Devices(_) => "devices",
            Self::Sessions(_) => "sessions",
            Self::Password(_) => "password",
            Self::Factors(_) => "factors",
            Self::Claim(_) => "claim",
            Self::Account(_) => "account",
            Self::Templates(_) => "templates",
            Self::Protect(_) => "protect",
            Self::Open(_) => "open",
            Self::Edit(_) => "edit",
            Self::Reprotect(_) => "reprotect",
            Self::Unprotect(_) => "unprotect",
            Self::Inspect(_) => "inspect",
            Self::Rights(_) => "rights",
            Self::Log(_) => "log",
            Self::Revoke(_) => "revoke",
            Self::Trust(_) => "trust",
            #[cfg(feature = "server")]
            Self::Serve(_) => "serve",
            #[cfg(feature = "server")]
            Self::Config(_) => "config",
            #[cfg(feature = "server")]
            Self::Admin(_) => "admin",
            #[cfg(feature = "server")]
            Self::Demo(_) => "demo",
            #[cfg(feature = "server")]
            Self::Bench(_) => "bench",
            Self::Completions(_) => "completions",
            Self::Man(_) => "man",
            Self::Reference(_) => "reference",
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }

    /// SEC-58: a password or a code on the command line would stand in the process list and the shell's history.
    #[test]
    fn no_option_takes_a_secret() {
        let mut cli = super::Cli::command();
        cli.build();
        for command in cli.get_subcommands() {
            for argument in command.get_arguments() {
                let name = argument.get_id().as_str();
                let about_a_secret = name.contains("password") || name.contains("code");
                // A flag, or the name of a file, holds none.
                let holds_one = argument.get_action().takes_values() && !name.ends_with("_file");
                assert!(!(about_a_secret && holds_one), "{name} takes a secret");
            }
        }
    }
}
