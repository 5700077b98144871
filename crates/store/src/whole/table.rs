//! The tables of an authority, and what they are made of.

use std::collections::BTreeSet;

use super::Whole;
use crate::error::StoreError;
use crate::sql::{Cell, Value};

/// A table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// Its key begins with the tenant, and PostgreSQL shows only one tenant's rows of it.
    pub(crate) of_tenant: bool,
    /// The column whose values stand sealed.
    pub(crate) sealed: Option<&'static str>,
}

macro_rules! tables {
    ($($name:literal $kind:ident $($sealed:literal)?;)*) => {
        &[$(Table { name: $name, of_tenant: tables!($kind), sealed: tables!(@ $($sealed)?) },)*]
    };
    (shared) => { false };
    (tenants) => { true };
    (@ $sealed:literal) => { Some($sealed) };
    (@) => { None };
}

/// Every table, after those that its rows refer to. The note of the migrations is not among them.
pub(crate) const TABLES: &[Table] = tables! {
    "settings" shared "value";
    "root_keys" shared "secret";
    "tenants" tenants;
    "member_groups" tenants;
    "group_members" tenants;
    "domains" shared;
    "tenant_keys" tenants "secret";
    "key_sets" tenants;
    "accounts" tenants "password_hash";
    "addresses" shared;
    "claims" tenants;
    "controls" tenants;
    "signups" shared;
    "challenges" shared;
    "sessions" shared;
    "access_tokens" shared;
    "refresh_tokens" shared;
    "authorisation_codes" shared;
    "browser_sessions" shared "state";
    "successions" tenants;
    "factors" tenants "secret";
    "recovery_codes" tenants;
    "pending_sign_ins" shared;
    "devices" tenants;
    "certificates" tenants;
    "templates" tenants;
    "template_versions" tenants;
    "contents" tenants "policy";
    "first_uses" tenants;
    "licences" tenants;
    "log_heads" tenants;
    "log" tenants;
    "log_trees" tenants;
    "log_tiles" tenants;
    "limits" shared;
    "outbox" shared "message";
    "replays" shared;
};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Text,
    Bytes,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

impl Column {
    /// A cell of this column as a parameter.
    pub(crate) fn value(&self, cell: &Cell) -> Value {
        match (cell, self.kind) {
            (Cell::Int(int), _) => Value::Int(*int),
            (Cell::Text(text), _) => Value::Text(text.clone()),
            (Cell::Bytes(bytes), _) => Value::Bytes(bytes.clone()),
            (Cell::Null, Kind::Int) => Value::NoInt,
            (Cell::Null, Kind::Text) => Value::NoText,
            (Cell::Null, Kind::Bytes) => Value::NoBytes,
        }
    }
}

/// What a table is made of in one database.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) table: Table,
    /// In the order of their names, which is the same everywhere.
    pub(crate) columns: Vec<Column>,
    /// Where the columns of the primary key are.
    pub(crate) key: Vec<usize>,
}

impl Shape {
    /// Where a column is.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The columns' names for a statement.
    pub(crate) fn names(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|column| column.name.as_str()).collect();
        names.join(", ")
    }

    /// True for two databases between which rows can be carried as they are.
    pub(crate) fn fits(&self, other: &Self) -> bool {
        self.table.name == other.table.name && self.columns == other.columns && self.key == other.key
    }
}

/// The shapes of all tables that are there, in order; a table that is not known here is an error, so that none is left behind.
pub(crate) async fn shapes(whole: &mut dyn Whole) -> Result<Vec<Shape>, StoreError> {
    let unknown = |reason: String| StoreError::UnknownSchema { reason };
    let mut there: BTreeSet<String> = whole.names().await?.into_iter().collect();
    there.remove("schema_migrations");
    let mut shapes = Vec::new();
    for table in TABLES {
        if !there.remove(table.name) {
            continue;
        }
        let (declared, key) = whole.columns(table.name).await?;
        let mut columns = declared
            .into_iter()
            .map(|(name, kind)| {
                let kind = match kind.to_ascii_lowercase().as_str() {
                    "integer" | "bigint" => Kind::Int,
                    "text" => Kind::Text,
                    "blob" | "bytea" => Kind::Bytes,
                    other => return Err(unknown(format!("{}.{name} is of the type {other}", table.name))),
                };
                Ok(Column { name, kind })
            })
            .collect::<Result<Vec<_>, _>>()?;
        columns.sort_by(|a, b| a.name.cmp(&b.name));
        let key = key
            .iter()
            .filter_map(|name| columns.iter().position(|column| column.name == *name))
            .collect();
        shapes.push(Shape {
            table: *table,
            columns,
            key,
        });
    }
    match there.first() {
        Some(name) => Err(unknown(format!("this program does not know its table {name}"))),
        None => Ok(shapes),
    }
}
