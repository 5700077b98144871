//! A database as a whole: every table of it, read in the order of its keys and written in the order of its references.
//!
//! Copies and examinations look at all tenants' rows, one tenant after the other, so that PostgreSQL's wall stays up.

mod copy;
mod examine;
mod table;
mod walk;

pub(crate) use copy::copy;
pub(crate) use examine::{Extent, examine};
pub(crate) use table::{Kind, Shape, TABLES, shapes};

use async_trait::async_trait;

use crate::error::StoreError;
use crate::sql::{Cell, Scope, Value};

/// A connection inside a transaction on one state of a database.
#[async_trait]
pub(crate) trait Whole: Send {
    /// Says whose rows the next statements are about.
    async fn see(&mut self, scope: Scope) -> Result<(), StoreError>;

    /// The rows of a statement.
    async fn rows(&mut self, statement: &str, values: &[Value]) -> Result<Vec<Vec<Cell>>, StoreError>;

    /// The names of all tables.
    async fn names(&mut self) -> Result<Vec<String>, StoreError>;

    /// A table's columns with their declared types, and the columns of its primary key in their order.
    async fn columns(&mut self, table: &str) -> Result<(Vec<(String, String)>, Vec<String>), StoreError>;

    /// Whether a statement without a tenant sees nothing of the tenants' tables.
    fn is_walled(&self) -> bool;

    /// Puts rows into a table.
    async fn insert(&mut self, shape: &Shape, rows: Vec<Vec<Cell>>) -> Result<(), StoreError>;

    /// Ends the transaction of a target: what was written is kept, and the database may be served.
    async fn finish(self: Box<Self>) -> Result<(), StoreError>;

    /// Ends the transaction; nothing is kept.
    async fn leave(self: Box<Self>);
}
