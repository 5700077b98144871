//! Reading the log: one's own acts, and everything about one's own files. Reading is itself logged, once a page.

use clausa_api::Bytes;
use clausa_api::log::{LogEntry, LogEvidence, LogEvidencePage, LogPage, LogQuery, RequestType};
use clausa_api::tile::{TILE_WIDTH, TileIndex};
use clausa_store::permit::Action;
use clausa_store::record::log::{self, LogFilter};
use clausa_store::record::log_tree;
use clausa_store::record::micros::Micros;
use clausa_store::{Denied, Permit, StoreError};

use super::acting::LogResult;
use super::failure::{Failure, failures};
use crate::request::Caller;
use crate::state::AppState;

/// Entries on a page when the query does not say.
const PAGE: u32 = 100;
/// Most entries on a page.
const MAX_PAGE: u32 = 1_000;

/// Why the log is not shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadLogError {
    /// The page's size is out of bounds.
    #[error("a page has 1 to {MAX_PAGE} entries")]
    PageSize,
    /// Something else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

failures!(ReadLogError: StoreError, Denied);

/// One page of what the caller may see.
///
/// # Errors
///
/// [`ReadLogError`].
pub async fn read_log(state: &AppState, caller: &Caller, query: &LogQuery) -> Result<LogPage, ReadLogError> {
    let (rows, next) = read(state, caller, query).await?;
    let entries = rows.into_iter().map(|row| entry(row.entry));
    let entries = entries.collect::<Result<_, _>>()?;
    Ok(LogPage { entries, next })
}

/// The same page, with what each entry's leaf in the tree is computed from.
///
/// # Errors
///
/// [`ReadLogError`].
pub async fn read_evidence(
    state: &AppState,
    caller: &Caller,
    query: &LogQuery,
) -> Result<LogEvidencePage, ReadLogError> {
    let (rows, next) = read(state, caller, query).await?;
    let entries = rows.into_iter().map(evidence).collect::<Result<_, _>>()?;
    Ok(LogEvidencePage { entries, next })
}

async fn read(
    state: &AppState,
    caller: &Caller,
    query: &LogQuery,
) -> Result<(Vec<log_tree::LogEvidence>, Option<u64>), ReadLogError> {
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(ReadLogError::PageSize);
    }
    let permit = caller.permit_in_tenant(Action::ReadLog)?;
    // One more than asked for tells whether there is a next page.
    let filter = LogFilter {
        content: query.content,
        after: query.after.unwrap_or(0),
        limit: limit + 1,
    };
    let mut rows = read_rows(state, caller, permit, filter).await?;
    let has_more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let last = rows.last().map(|row| row.entry.sequence);
    Ok((rows, last.filter(|_| has_more)))
}

/// The data of the leaves of a bundle (c2sp.org/tlog-tiles), each after its length; `None` unless all its entries are in the
/// tree and in the database, and the caller may see every one of them.
///
/// # Errors
///
/// [`ReadLogError`].
pub async fn read_bundle(
    state: &AppState,
    caller: &Caller,
    name: TileIndex,
) -> Result<Option<Vec<u8>>, ReadLogError> {
    let permit = caller.permit_in_tenant(Action::ReadLog)?;
    let Some(after) = name.number().checked_mul(TILE_WIDTH.into()) else {
        return Ok(None);
    };
    let tree = state
        .store()
        .read("log.tree", move |tx| {
            Box::pin(async move { Ok::<_, Failure>(tx.log_tree(&permit).await?) })
        })
        .await?;
    let (width, limit) = (u64::from(name.width()), u32::from(name.width()));
    if after < tree.detached || tree.size.saturating_sub(after) < width {
        return Ok(None);
    }
    let filter = LogFilter {
        content: None,
        after,
        limit,
    };
    let rows = read_rows(state, caller, permit, filter).await?;
    let is_all = rows.len() as u64 == width
        && rows
            .iter()
            .zip(after + 1..)
            .all(|(row, n)| row.entry.sequence == n);
    if !is_all {
        return Ok(None);
    }
    let mut bundle = Vec::new();
    for row in &rows {
        let data = row
            .leaf_data(permit.tenant())
            .ok_or(Failure::Missing("salts of an entry"))?;
        let length = u16::try_from(data.len()).map_err(|_| Failure::Missing("short entry"))?;
        bundle.extend(length.to_be_bytes());
        bundle.extend(data);
    }
    Ok(Some(bundle))
}

/// Reads, and says so in the log.
async fn read_rows(
    state: &AppState,
    caller: &Caller,
    permit: Permit,
    filter: LogFilter,
) -> Result<Vec<log_tree::LogEvidence>, ReadLogError> {
    let input = (caller.clone(), state.now_micros());
    state
        .store()
        .for_tenant(permit.tenant())
        .transact_with("read log", input, move |(caller, now), tx| {
            Box::pin(async move {
                let rows = tx.log_evidence(&permit, &filter).await?;
                let user = caller.user(tx).await?;
                let entry = caller.log_entry(RequestType::ReadLog, &user, LogResult::Success, *now);
                tx.append_log(&permit, &entry).await?;
                Ok::<_, ReadLogError>(rows)
            })
        })
        .await
}

/// An entry as those who verify get it.
///
/// # Errors
///
/// [`Failure::Missing`] when its request type is none of this program's.
pub fn evidence(row: log_tree::LogEvidence) -> Result<LogEvidence, Failure> {
    let draft = &row.entry.entry;
    Ok(LogEvidence {
        account: draft.account,
        owner_account: draft.owner_account,
        published_at_micros: draft.published_at.map(|at| at.0),
        salts: row.salts.map(Bytes),
        erased: row.erased.map(Bytes),
        entry: entry(row.entry)?,
    })
}

/// An entry as the store has it, out of what those who verify got of it.
pub(super) fn stored(evidence: LogEvidence) -> log_tree::LogEvidence {
    let entry = evidence.entry;
    log_tree::LogEvidence {
        entry: log::LogEntry {
            sequence: entry.sequence,
            entry: log::LogDraft {
                at: Micros(entry.at_micros),
                request: entry.request.as_str().to_owned(),
                user: entry.user,
                account: evidence.account,
                result: entry.result,
                correlation: entry.correlation,
                content: entry.content,
                owner: entry.owner,
                owner_account: evidence.owner_account,
                issuer: entry.issuer,
                template: entry.template,
                file_name: entry.file_name,
                published_at: evidence.published_at_micros.map(Micros),
                rights: entry.rights,
                client_info: entry.client_info,
                client_ip: entry.client_ip,
                admin_action: entry.admin_action,
                acting_as: entry.acting_as,
            },
        },
        salts: evidence.salts.map(|salts| salts.0),
        leaf: None,
        erased: evidence.erased.map(|erased| erased.0),
    }
}

pub(super) fn entry(row: log::LogEntry) -> Result<LogEntry, Failure> {
    let draft = row.entry;
    Ok(LogEntry {
        sequence: row.sequence,
        at_micros: draft.at.0,
        request: RequestType::from_name(&draft.request).ok_or(Failure::Missing("request type"))?,
        user: draft.user,
        result: draft.result,
        correlation: draft.correlation,
        content: draft.content,
        owner: draft.owner,
        issuer: draft.issuer,
        template: draft.template,
        file_name: draft.file_name,
        published_at: draft.published_at.map(|at| at.seconds()),
        rights: draft.rights,
        client_info: draft.client_info,
        client_ip: draft.client_ip,
        admin_action: draft.admin_action,
        acting_as: draft.acting_as,
    })
}
