//! `clausa admin log detach`: takes old months out of the database and into files (`SEC-144`).

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use clausa_api::Bytes;
use clausa_client::log_verify::{Checkpoint, TileCache, consistency_proof, peaks};
use clausa_core::id::TenantId;
use clausa_server::AppState;
use clausa_server::usecase::{detach_log, inspect_log};
use serde_json::json;

use super::file::{self, Header, Writer};
use super::month::Month;
use super::rewrite::ENDING;
use super::{Data, audit};
use crate::cmd::serve::serve_failed;
use crate::context::Context;
use crate::failure::{Failure, Outcome};

/// Rows that are read at once.
const PAGE: u32 = 1_000;

/// Detach old months of the log into compressed files, and remove them from the database
///
/// One file for each organisation and month, which holds the entries with what they are verified by. Each log is verified before, and each file is read back and verified before its entries are removed. The tree's hashes stay in the database, so that clausa log verify goes on working. What was detached is not shown by clausa log any more; read it with clausa admin log read. Keep the files as safe as the database: they name people, and clausa admin forget has to be told where they are.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    data: Data,
    /// The first month that stays, such as 2026-11
    #[arg(long, value_name = "YYYY-MM", value_parser = str::parse::<Month>)]
    before: Month,
    /// Folder for the files
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
}

/// A file that was written.
struct Detached {
    path: PathBuf,
    log: String,
    month: Month,
    first: u64,
    last: u64,
}

/// Detaches; what was done before a failure stays done.
pub(super) async fn run(args: Args, context: &Context) -> Outcome {
    let state = args.data.open().await?;
    let outcome = all(&state, args.before, &args.output).await;
    state.store().close().await;
    let files = outcome?;
    let told: Vec<_> = files
        .iter()
        .map(|file| {
            let month = file.month.to_string();
            json!({ "file": file.path, "log": file.log, "month": month, "first": file.first, "last": file.last })
        })
        .collect();
    context.printer.result(&json!({ "detached": told }), |words| {
        if files.is_empty() {
            return words.line(&format!("There is nothing older than {}.", args.before));
        }
        for file in &files {
            words.line(&format!(
                "{}: entries {} to {} of {}",
                file.path.display(),
                file.first,
                file.last,
                file.log
            ))?;
        }
        Ok(())
    })
}

async fn all(state: &AppState, before: Month, output: &Path) -> Outcome<Vec<Detached>> {
    let mut files = Vec::new();
    for tenant in inspect_log::tenants(state)
        .await
        .map_err(|error| serve_failed(&error))?
    {
        let verified = audit::verify(state, tenant).await?;
        // What an interrupted call had left to remove.
        remove(state, tenant, verified.detached).await?;
        let mut done = verified.detached;
        loop {
            let oldest = inspect_log::entries(state, tenant, done, 1).await;
            let oldest = oldest.map_err(|error| serve_failed(&error))?.into_iter().next();
            let Some(month) = oldest.map(|row| Month::of(row.evidence.entry.at_micros)) else {
                break;
            };
            if month >= before {
                break;
            }
            let last = detach_log::last_before(state, tenant, month.next().begins())
                .await
                .map_err(|error| serve_failed(&error))?;
            if last <= done {
                break;
            }
            let path = output.join(format!("{tenant}-{month}-{}-{last}{ENDING}", done + 1));
            let part = Detached {
                path,
                log: verified.log.clone(),
                month,
                first: done + 1,
                last,
            };
            write(state, tenant, &part).await?;
            remove(state, tenant, last).await?;
            done = last;
            files.push(part);
        }
    }
    Ok(files)
}

async fn remove(state: &AppState, tenant: TenantId, last: u64) -> Outcome {
    let removed = detach_log::remove(state, tenant, last).await;
    removed.map(drop).map_err(|error| serve_failed(&error))
}

/// Writes the file, makes it durable, and reads it back.
async fn write(state: &AppState, tenant: TenantId, part: &Detached) -> Outcome {
    let name = part.path.display().to_string();
    let failed = |error: std::io::Error| Failure::from_write(&error, &name);
    let header = header(state, tenant, part).await?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let output = options.open(&part.path).map_err(failed)?;
    let mut writer = Writer::begin(std::io::BufWriter::new(output), &header).map_err(failed)?;
    let mut after = part.first - 1;
    while after < part.last {
        let limit = u32::try_from(part.last - after).unwrap_or(PAGE).min(PAGE);
        let page = inspect_log::entries(state, tenant, after, limit).await;
        let page = page.map_err(|error| serve_failed(&error))?;
        if page.is_empty() {
            // Reading the file back will say what is missing.
            break;
        }
        for row in page {
            writer.entry(&row.evidence).map_err(failed)?;
            after = row.evidence.entry.sequence;
        }
    }
    let output = writer.finish().map_err(failed)?;
    let output = output.into_inner().map_err(|error| failed(error.into_error()))?;
    output.sync_all().map_err(failed)?;
    if let Some(folder) = part.path.parent().filter(|_| cfg!(unix)) {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed)?;
    }
    let input = File::open(&part.path).map_err(|error| Failure::from_read(&error, &name))?;
    let read = file::read(input, &state.anchors().roots, |_| Ok(()));
    read.map(drop).map_err(|failure| failure.about(&name))
}

async fn header(state: &AppState, tenant: TenantId, part: &Detached) -> Outcome<Header> {
    let log = inspect_log::log(state, tenant)
        .await
        .map_err(|error| serve_failed(&error))?;
    let checkpoint = log.tree.checkpoint.unwrap_or_default();
    let signed = Checkpoint::open(&checkpoint, &part.log, &log.keys)
        .map_err(|fault| Failure::new(crate::exit_codes::Kind::LogRewritten, fault.to_string()))?;
    let bytes = |hashes: Vec<[u8; 32]>| hashes.iter().map(|hash| Bytes(hash.to_vec())).collect();
    let mut tiles = TileCache::default();
    let before = audit::prove(state, tenant, &mut tiles, |tiles| peaks(tiles, part.first - 1)).await?;
    let proof = audit::prove(state, tenant, &mut tiles, |tiles| {
        consistency_proof(tiles, part.last, signed.size)
    });
    Ok(Header {
        clausa_log: Header::version(),
        log: part.log.clone(),
        tenant,
        first: part.first,
        last: part.last,
        peaks: bytes(before),
        proof: bytes(proof.await?),
        checkpoint,
        certificates: log.certificates.into_iter().map(Bytes).collect(),
        roots: state
            .anchors()
            .roots
            .iter()
            .map(|root| Bytes(root.as_bytes().to_vec()))
            .collect(),
    })
}
