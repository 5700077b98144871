//! Carrying everything from one database into another.

use clausa_core::hazmat::backends::sha256;

use super::walk::{Walk, scopes, tenants};
use super::{Extent, Shape, TABLES, Whole, examine, shapes};
use crate::error::StoreError;
use crate::sealed::Sealer;
use crate::sql::{Cell, Scope};
use crate::upkeep::Examination;

/// Copies every row of `source` into the empty `target`, reads the target through and compares the two. Nothing is kept
/// of the target's transaction yet.
pub(crate) async fn copy(
    source: &mut dyn Whole,
    target: &mut dyn Whole,
    sealer: &Sealer,
) -> Result<Examination, StoreError> {
    let (from, to) = (shapes(source).await?, shapes(target).await?);
    let same = from.len() == to.len() && from.iter().zip(&to).all(|(a, b)| a.fits(b));
    if !same || from.len() != TABLES.len() {
        return Err(StoreError::UnknownSchema {
            reason: "the tables of the two databases are not the same".to_owned(),
        });
    }
    let tenants = tenants(source).await?;
    for shape in &from {
        for scope in scopes(shape, &tenants) {
            source.see(scope).await?;
            target.see(scope).await?;
            let mut walk = Walk::new(shape, scope);
            let mut print = Print::default();
            loop {
                let rows = walk.next(source).await?;
                if rows.is_empty() {
                    break;
                }
                print.add(shape, &rows);
                target.insert(shape, rows).await?;
            }
            if print_of(target, shape, scope).await? != print {
                return Err(StoreError::Unlike {
                    reason: format!(
                        "the rows of {} are others than those of the source",
                        shape.table.name
                    ),
                });
            }
        }
    }
    examine(target, sealer, Extent::WithLogs).await
}

/// Tells whether two databases hold the same rows.
#[derive(Debug, Default, PartialEq, Eq)]
struct Print {
    rows: u64,
    hash: [u8; 32],
}

impl Print {
    fn add(&mut self, shape: &Shape, rows: &[Vec<Cell>]) {
        for row in rows {
            let mut bytes = self.hash.to_vec();
            for cell in row.iter().take(shape.columns.len()) {
                let (kind, value) = match cell {
                    Cell::Null => (0, Vec::new()),
                    Cell::Int(int) => (1, int.to_be_bytes().to_vec()),
                    Cell::Text(text) => (2, text.clone().into_bytes()),
                    Cell::Bytes(value) => (3, value.clone()),
                };
                bytes.push(kind);
                bytes.extend_from_slice(&(value.len() as u64).to_be_bytes());
                bytes.extend_from_slice(&value);
            }
            self.hash = sha256(&[&bytes]);
            self.rows += 1;
        }
    }
}

async fn print_of(whole: &mut dyn Whole, shape: &Shape, scope: Scope) -> Result<Print, StoreError> {
    let mut walk = Walk::new(shape, scope);
    let mut print = Print::default();
    loop {
        let rows = walk.next(whole).await?;
        if rows.is_empty() {
            return Ok(print);
        }
        print.add(shape, &rows);
    }
}
