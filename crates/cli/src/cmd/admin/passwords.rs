//! `clausa admin passwords`: a list of passwords that were found in breaches, in the form the authority reads.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::PathBuf;

use clausa_server::usecase::passwords::{BreachedListError, write_breached_list};
use serde_json::json;

use crate::context::Context;
use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome};

/// Make a list of breached passwords for the authority to refuse
///
/// Takes a public list of SHA-1 hashes, sorted, one a line, as `HASH:COUNT` or `HASH`, and writes the file that `passwords.breached_list` in authority.toml names. Eight bytes a password. A newer file may replace an older one while the authority runs.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The list of hashes
    #[arg(value_name = "LIST")]
    source: PathBuf,
    /// The file to write
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// Leave out passwords that were seen less often
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    at_least: u64,
}

/// Writes beside the target and renames, so that the authority never reads half a list.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let (source, output) = (
        args.source.display().to_string(),
        args.output.display().to_string(),
    );
    let reader = File::open(&args.source).map_err(|error| Failure::from_read(&error, &source))?;
    let part = args.output.with_extension("part");
    let writer = File::create(&part).map_err(|error| Failure::from_write(&error, &output))?;
    let written = write_breached_list(BufReader::new(reader), BufWriter::new(writer), args.at_least);
    let finished = written
        .map_err(|error| refused(error, &source))
        .and_then(|written| {
            std::fs::rename(&part, &args.output).map_err(|error| Failure::from_write(&error, &output))?;
            Ok(written)
        });
    let written = match finished {
        Ok(written) => written,
        Err(failure) => {
            // What is half written is of no use; when it cannot be removed, that is not what went wrong.
            let _ = std::fs::remove_file(&part);
            return Err(failure);
        }
    };
    let value = json!({ "passwords": written, "output": output });
    context.printer.result(&value, |words| {
        words.line(&format!("Wrote {written} passwords to {output}."))?;
        words.line("Name it in authority.toml, then start the authority anew:")?;
        words.line("   [passwords]")?;
        words.line(&format!("   breached_list = \"{output}\""))
    })
}

fn refused(error: BreachedListError, source: &str) -> Failure {
    match error {
        BreachedListError::File(error) => Failure::from_read(&error, source),
        other => Failure::new(Kind::InputUnreadable, format!("{source}: {other}")),
    }
}
