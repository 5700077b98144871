//! A SQLite file as a whole: looked at beside its users, or alone when it is copied from or into.

use std::path::Path;

use async_trait::async_trait;
use rusqlite::Connection;

use super::connection::{execute, hold, open_existing, open_writer, rows, say};
use super::failure::translate;
use super::migrations;
use crate::error::StoreError;
use crate::sql::{Cell, Scope, Value};
use crate::whole::{Shape, Whole};

/// A file inside a transaction.
pub(crate) struct WholeFile {
    connection: Connection,
}

impl WholeFile {
    /// Looks at a file beside its users. Its newest migration, and how many are to come.
    pub(crate) fn look(path: &Path) -> Result<(Self, (u32, u32)), StoreError> {
        let connection = open_existing(path)?;
        say(&connection, "BEGIN")?;
        let state = migrations::state(&connection)?;
        Ok((Self { connection }, state))
    }

    /// Looks at a file that nobody else may use until the end.
    pub(crate) fn alone(path: &Path) -> Result<(Self, (u32, u32)), StoreError> {
        let connection = open_existing(path)?;
        hold(&connection)?;
        say(&connection, "BEGIN")?;
        let state = migrations::state(&connection)?;
        Ok((Self { connection }, state))
    }

    /// Makes a file, or takes one of an interrupted copy, for being filled.
    pub(crate) fn target(path: &Path) -> Result<Self, StoreError> {
        if std::fs::metadata(path).is_ok_and(|file| file.len() > 0) && !migrations::is_unfinished(path)? {
            return Err(StoreError::Occupied {
                reason: format!("{} is there", path.display()),
            });
        }
        let mut connection = open_writer(path)?;
        hold(&connection)?;
        migrations::prepare(&mut connection)?;
        say(&connection, "BEGIN IMMEDIATE")?;
        Ok(Self { connection })
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }
}

#[async_trait]
impl Whole for WholeFile {
    async fn see(&mut self, _: Scope) -> Result<(), StoreError> {
        Ok(())
    }

    async fn rows(&mut self, statement: &str, values: &[Value]) -> Result<Vec<Vec<Cell>>, StoreError> {
        let found = rows(&self.connection, statement, values)?;
        Ok(found.into_iter().map(crate::sql::Row::into_cells).collect())
    }

    async fn names(&mut self) -> Result<Vec<String>, StoreError> {
        let found = self
            .rows(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
                &[],
            )
            .await?;
        found.into_iter().map(text).collect()
    }

    async fn columns(&mut self, table: &str) -> Result<(Vec<(String, String)>, Vec<String>), StoreError> {
        let of = [Value::Text(table.to_owned())];
        let found = self
            .rows("SELECT name, type FROM pragma_table_info($1)", &of)
            .await?;
        let columns = found
            .into_iter()
            .map(|mut row| {
                let kind = row.pop().map(|cell| text(vec![cell])).unwrap_or_else(missing)?;
                Ok((text(row)?, kind))
            })
            .collect::<Result<_, StoreError>>()?;
        let key = self
            .rows(
                "SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk",
                &of,
            )
            .await?;
        Ok((columns, key.into_iter().map(text).collect::<Result<_, _>>()?))
    }

    fn is_walled(&self) -> bool {
        false
    }

    async fn insert(&mut self, shape: &Shape, rows: Vec<Vec<Cell>>) -> Result<(), StoreError> {
        let places: Vec<String> = (1..=shape.columns.len())
            .map(|number| format!("${number}"))
            .collect();
        let statement = format!(
            "INSERT INTO {} ({}) VALUES ({})",
            shape.table.name,
            shape.names(),
            places.join(", ")
        );
        for row in rows {
            let values: Vec<Value> = shape
                .columns
                .iter()
                .zip(&row)
                .map(|(column, cell)| column.value(cell))
                .collect();
            execute(&self.connection, &statement, &values).map_err(translate)?;
        }
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<(), StoreError> {
        migrations::finish(&self.connection)?;
        say(&self.connection, "COMMIT")?;
        self.connection.close().map_err(|(_, error)| translate(error))
    }

    async fn leave(self: Box<Self>) {
        if let Err(error) = say(&self.connection, "ROLLBACK") {
            tracing::debug!(%error, "nothing to roll back");
        }
    }
}

fn text(row: Vec<Cell>) -> Result<String, StoreError> {
    match row.into_iter().next() {
        Some(Cell::Text(text)) => Ok(text),
        _ => missing(),
    }
}

fn missing() -> Result<String, StoreError> {
    Err(StoreError::Corrupt { what: "the schema" })
}
