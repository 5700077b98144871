//! `clausa man`: manual pages.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;

use crate::args::Cli;
use crate::context::Context;
use crate::exit_codes::{Kind, SUCCESS};
use crate::failure::{Failure, Outcome};

/// Print or write the manual pages
///
/// Without a folder, prints clausa(1). With one, writes clausa.1 and a page for every command into it.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Write every page into this folder
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// Prints clausa(1) or writes every page.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let Some(folder) = &args.folder else {
        let page = main_page(&Cli::command()).map_err(|error| Failure::output(&error))?;
        return context
            .printer
            .clear_bytes()
            .write_all(&page)
            .map_err(|error| Failure::output(&error));
    };
    write_pages(folder).map_err(|error| Failure::from_write(&error, &folder.display().to_string()))
}

/// Writes clausa.1 and a page for every command that is not hidden.
fn write_pages(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut cli = Cli::command();
    cli.build();
    fs::write(folder.join("clausa.1"), main_page(&cli)?)?;
    for command in cli.get_subcommands().filter(|command| !command.is_hide_set()) {
        if command.get_name() == "help" {
            continue;
        }
        write_page(folder, command, "clausa")?;
    }
    Ok(())
}

/// Building has given each command the display name `clausa-<command>`, which stands in its page.
fn write_page(folder: &Path, command: &clap::Command, parent: &str) -> std::io::Result<()> {
    let name = format!("{parent}-{}", command.get_name());
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    fs::write(folder.join(format!("{name}.1")), page)?;
    for inner in command
        .get_subcommands()
        .filter(|inner| inner.get_name() != "help")
    {
        write_page(folder, inner, &name)?;
    }
    Ok(())
}

/// clausa(1), with the table of exit codes.
fn main_page(cli: &clap::Command) -> std::io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let man = clap_mangen::Man::new(cli.clone());
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    man.render_subcommands_section(&mut page)?;
    writeln!(page, ".SH \"EXIT STATUS\"")?;
    writeln!(page, ".TP\n\\fB{SUCCESS}\\fR\nEverything worked.")?;
    for kind in Kind::ALL {
        writeln!(
            page,
            ".TP\n\\fB{}\\fR (\\fI{}\\fR)\n{}",
            kind.code(),
            kind.name(),
            kind.meaning()
        )?;
    }
    man.render_version_section(&mut page)?;
    Ok(page)
}
