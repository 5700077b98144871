//! `clausa admin log read`: reads and verifies a detached part of a log. Needs no authority.

use std::fs::File;
use std::path::PathBuf;

use clausa_core::keys::VerifyingKey;
use serde_json::json;

use super::file;
use crate::cmd::log::{HEADING, row};
use crate::context::Context;
use crate::failure::{Failure, Outcome};

/// Read a detached part of a log, and verify it
///
/// Every entry is verified against the signed checkpoint in the file. Give --root, the root key that clausa serve printed and that clients have pinned, to be sure whose signature it is.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A file of clausa admin log detach
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The authority's root key, in hexadecimal; may be given several times
    #[arg(long, value_name = "KEY", value_parser = root)]
    root: Vec<VerifyingKey>,
}

/// Shows the entries when all of them are in order.
pub(super) fn run(args: &Args, context: &Context) -> Outcome {
    let name = args.file.display().to_string();
    let input = File::open(&args.file).map_err(|error| Failure::from_read(&error, &name))?;
    let mut entries = Vec::new();
    let read = file::read(input, &args.root, |evidence| {
        entries.push(evidence.entry.clone());
        Ok(())
    });
    let header = read.map_err(|failure| failure.about(&name))?;
    let roots: Vec<String> = header.roots.iter().map(|root| hex(&root.0)).collect();
    let value = json!({
        "log": header.log,
        "first": header.first,
        "last": header.last,
        "roots": roots,
        "entries": entries,
    });
    context.printer.result(&value, |words| {
        let mut rows = vec![HEADING.map(String::from).to_vec()];
        rows.extend(entries.iter().map(row));
        words.table(&rows)?;
        words.line(&format!(
            "In order: entries {} to {} of {}, as they were signed for.",
            header.first, header.last, header.log
        ))?;
        if args.root.is_empty() {
            for root in &roots {
                words.field("root key", root)?;
            }
        }
        Ok(())
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn root(text: &str) -> Result<VerifyingKey, String> {
    let refused = || "a root key is 64 hexadecimal digits".to_owned();
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return Err(refused());
    };
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Vec<u8> = pairs
        .iter()
        .map(byte)
        .collect::<Option<_>>()
        .ok_or_else(refused)?;
    VerifyingKey::from_bytes(&bytes).map_err(|_| refused())
}
