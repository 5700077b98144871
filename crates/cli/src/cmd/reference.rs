//! `clausa reference` (hidden): the reference of the command line as Markdown, from the argument definitions.

use std::fmt::Write as _;
use std::io::Write as _;

use clap::{Command, CommandFactory as _};

use crate::args::Cli;
use crate::context::Context;
use crate::exit_codes::{Kind, SUCCESS};
use crate::failure::{Failure, Outcome};

/// Print the reference of the command line as Markdown
#[derive(clap::Args, Debug)]
pub struct Args {}

/// Prints the reference.
pub fn run(_: &Args, context: &Context) -> Outcome {
    let text = reference().map_err(|error| Failure::new(Kind::Internal, error.to_string()))?;
    context
        .printer
        .clear_bytes()
        .write_all(text.as_bytes())
        .map_err(|error| Failure::output(&error))
}

fn reference() -> Result<String, std::fmt::Error> {
    let mut cli = Cli::command();
    cli.build();
    let mut out = String::new();
    writeln!(out, "# The command line\n")?;
    writeln!(
        out,
        "<!-- Generated from the program's own definitions: UPDATE=1 cargo test -p clausa --test generated -->\n"
    )?;
    writeln!(out, "{}\n", about(&cli))?;
    writeln!(out, "## Options of every command\n")?;
    options(&mut out, &cli, true)?;
    for command in cli
        .get_subcommands()
        .filter(|c| !c.is_hide_set() && c.get_name() != "help")
    {
        section(&mut out, command, "clausa")?;
    }
    exit_codes(&mut out)?;
    Ok(out)
}

fn section(out: &mut String, command: &Command, parent: &str) -> std::fmt::Result {
    let name = format!("{parent} {}", command.get_name());
    writeln!(out, "## {name}\n\n{}\n", about(command))?;
    let usage = command.clone().render_usage().to_string();
    writeln!(out, "```\n{}\n```\n", usage.trim_start_matches("Usage:").trim())?;
    options(out, command, false)?;
    for inner in command.get_subcommands().filter(|c| c.get_name() != "help") {
        section(out, inner, &name)?;
    }
    Ok(())
}

/// One row an argument; the global ones stand at the top once.
fn options(out: &mut String, command: &Command, global: bool) -> std::fmt::Result {
    let arguments: Vec<_> = command
        .get_arguments()
        .filter(|a| a.is_global_set() == global && !a.is_hide_set())
        .filter(|a| !matches!(a.get_id().as_str(), "help" | "version"))
        .collect();
    if arguments.is_empty() {
        return Ok(());
    }
    writeln!(out, "| option | meaning |\n|---|---|")?;
    for argument in arguments {
        let help = argument
            .get_long_help()
            .or(argument.get_help())
            .map(ToString::to_string)
            .unwrap_or_default();
        let text = help.replace('\n', " ").replace('|', "\\|");
        writeln!(
            out,
            "| `{}` | {} |",
            argument.to_string().replace('|', "\\|"),
            text.replace("  ", " ")
        )?;
    }
    writeln!(out)
}

fn about(command: &Command) -> String {
    command
        .get_long_about()
        .or(command.get_about())
        .map(ToString::to_string)
        .unwrap_or_default()
}

fn exit_codes(out: &mut String) -> std::fmt::Result {
    writeln!(out, "## Exit codes\n")?;
    writeln!(
        out,
        "With `--json` a failure is printed on the standard error as one JSON object with these names.\n"
    )?;
    writeln!(out, "| code | name | meaning | what to do |\n|---|---|---|---|")?;
    writeln!(out, "| {SUCCESS} | | Everything worked. | |")?;
    for kind in Kind::ALL {
        writeln!(
            out,
            "| {} | `{}` | {} | {} |",
            kind.code(),
            kind.name(),
            kind.meaning(),
            kind.advice()
        )?;
    }
    Ok(())
}
