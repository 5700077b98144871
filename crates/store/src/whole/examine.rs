//! Reading a database through: every sealed value, and every log from its first entry to its last.

use super::walk::{Walk, scopes, tenants};
use super::{Shape, Whole, shapes};
use crate::error::StoreError;
use crate::sealed::{Place, Sealer};
use crate::sql::{Cell, Scope};
use crate::upkeep::Examination;

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What a log owes is known of the newest schema.
    WithLogs,
    WithoutLogs,
}

/// Says what is there and what is wrong with it.
pub(crate) async fn examine(
    whole: &mut dyn Whole,
    sealer: &Sealer,
    extent: Extent,
) -> Result<Examination, StoreError> {
    let mut found = Examination::default();
    let tenants = tenants(whole).await?;
    found.tenants = tenants.len() as u64;
    for shape in shapes(whole).await? {
        let Some(sealed) = shape.table.sealed else {
            continue;
        };
        let mut closed = 0_u64;
        for scope in scopes(&shape, &tenants) {
            whole.see(scope).await?;
            let mut walk = Walk::new(&shape, scope);
            loop {
                let rows = walk.next(whole).await?;
                if rows.is_empty() {
                    break;
                }
                for row in &rows {
                    match opens(&shape, sealed, row, sealer) {
                        Some(true) => found.sealed_values += 1,
                        Some(false) => closed += 1,
                        None => {}
                    }
                }
            }
        }
        if closed > 0 {
            found.problems.push(format!(
                "{}.{sealed}: {closed} sealed values do not open (other keys, or altered rows)",
                shape.table.name
            ));
        }
    }
    // One tenant's logs after the other where there is a wall, all at once otherwise.
    let sights: Vec<Scope> = match whole.is_walled() {
        true => tenants.iter().map(|tenant| Scope::Tenant(*tenant)).collect(),
        false => vec![Scope::Shared],
    };
    let mut wrong = [0_u64; LOG.len()];
    for scope in sights {
        whole.see(scope).await?;
        found.log_entries += number(whole, "SELECT COUNT(*) FROM log").await?;
        if extent == Extent::WithLogs {
            for ((statement, _), wrong) in LOG.iter().zip(&mut wrong) {
                *wrong += number(whole, statement).await?;
            }
        }
    }
    for ((_, what), wrong) in LOG.iter().zip(wrong) {
        if wrong > 0 {
            found.problems.push(format!("{wrong} {what}"));
        }
    }
    Ok(found)
}

/// Whether the sealed value of a row opens; `None` when there is none.
fn opens(shape: &Shape, column: &'static str, row: &[Cell], sealer: &Sealer) -> Option<bool> {
    let value = match row.get(shape.place(column)?)? {
        Cell::Bytes(value) => value,
        Cell::Null => return None,
        _ => return Some(false),
    };
    let key: Vec<&[u8]> = shape
        .key
        .iter()
        .map(|place| match row.get(*place) {
            Some(Cell::Bytes(bytes)) => bytes.as_slice(),
            Some(Cell::Text(text)) => text.as_bytes(),
            _ => &[],
        })
        .collect();
    let place = Place {
        table: shape.table.name,
        row: &key,
        column,
    };
    Some(sealer.open(place, value).is_ok())
}

async fn number(whole: &mut dyn Whole, statement: &str) -> Result<u64, StoreError> {
    let rows = whole.rows(statement, &[]).await?;
    match rows.first().and_then(|row| row.first()) {
        Some(Cell::Int(number)) => Ok(number.unsigned_abs()),
        _ => Err(StoreError::Corrupt { what: "a count" }),
    }
}

/// What must be nowhere: each statement counts what is wrong.
const LOG: [(&str, &str); 3] = [
    (
        // Detached months are in files; what is left begins after them.
        "SELECT COUNT(*) FROM log_heads h LEFT JOIN log_trees t ON t.tenant = h.tenant \
         WHERE h.length <> COALESCE(t.detached, 0) + (SELECT COUNT(*) FROM log l WHERE l.tenant = h.tenant) \
         OR h.length <> (SELECT COALESCE(MAX(l.sequence), t.detached, 0) FROM log l WHERE l.tenant = h.tenant)",
        "logs have gaps, or are longer or shorter than their head says",
    ),
    (
        "SELECT COUNT(DISTINCT tenant) FROM log WHERE tenant NOT IN (SELECT tenant FROM log_heads)",
        "logs have no head",
    ),
    (
        "SELECT COUNT(*) FROM log a JOIN log b ON b.tenant = a.tenant AND b.sequence = a.sequence + 1 \
         WHERE b.written_at < a.written_at",
        "log entries are older than the entry before them",
    ),
];
