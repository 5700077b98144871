//! A PostgreSQL database as a whole: one state of it, seen one tenant after the other, because the wall stays up.

use std::fmt::Write as _;

use async_trait::async_trait;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{AssertSqlSafe, Row as _};

use super::connect::Connector;
use super::failure::translate;
use super::link::{Link, bind, read_cell};
use super::migrations;
use crate::error::StoreError;
use crate::sql::{Cell, Scope, Value};
use crate::whole::{Kind, Shape, Whole};

/// What takes long may do so here.
const PATIENT: &str =
    "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = '10s'";
/// A state that some order of the transactions has led to, without disturbing any (postgresql.org, SET TRANSACTION).
const LOOK: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE";
const OTHERS: &str = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() \
     AND pid <> pg_backend_pid() AND application_name LIKE 'clausa%'";

/// A database inside a transaction.
pub(crate) struct WholeServer {
    link: Link,
    scope: Option<Scope>,
}

impl WholeServer {
    async fn connect(url: &str, password: Option<&str>) -> Result<Self, StoreError> {
        let link = Connector::new(url, password)?.connect().await?;
        let mut server = Self { link, scope: None };
        server.say(PATIENT.to_owned()).await?;
        Ok(server)
    }

    /// Looks at a database beside its nodes. Its newest migration, and how many are to come.
    pub(crate) async fn look(url: &str, password: Option<&str>) -> Result<(Self, (u32, u32)), StoreError> {
        let mut server = Self::connect(url, password).await?;
        server.say(LOOK.to_owned()).await?;
        let state = migrations::state(server.link.bare()).await?;
        Ok((server, state))
    }

    /// Looks at a database that no node uses, and lets none start until the end.
    pub(crate) async fn alone(url: &str, password: Option<&str>) -> Result<(Self, (u32, u32)), StoreError> {
        let mut server = Self::connect(url, password).await?;
        server.say(LOOK.to_owned()).await?;
        migrations::lock(server.link.bare()).await?;
        let others = server.rows(OTHERS, &[]).await?;
        if let Some(Cell::Int(number @ 1..)) = others.first().and_then(|row| row.first()) {
            return Err(StoreError::InUse {
                reason: format!("nodes have {number} connections to it: stop them first"),
            });
        }
        let state = migrations::state(server.link.bare()).await?;
        Ok((server, state))
    }

    /// Gives an empty database its tables, or takes one of an interrupted copy, for being filled.
    pub(crate) async fn target(url: &str, password: Option<&str>) -> Result<Self, StoreError> {
        let mut server = Self::connect(url, password).await?;
        migrations::prepare(server.link.bare()).await?;
        server.say("BEGIN".to_owned()).await?;
        // Whoever else copies into it has ended when this is had.
        migrations::lock(server.link.bare()).await?;
        match migrations::state(server.link.bare()).await {
            Err(StoreError::Unfinished) => Ok(server),
            other => other.and(Err(StoreError::Occupied {
                reason: "somebody else has just copied into it".to_owned(),
            })),
        }
    }

    /// Whether there is nothing in a database. Changes nothing.
    pub(crate) async fn is_empty(url: &str, password: Option<&str>) -> Result<bool, StoreError> {
        let mut server = Self::connect(url, password).await?;
        let is_empty = migrations::is_empty(server.link.bare()).await;
        server.link.close().await;
        is_empty
    }

    async fn say(&mut self, text: String) -> Result<(), StoreError> {
        sqlx::raw_sql(AssertSqlSafe(text))
            .execute(self.link.bare())
            .await
            .map(drop)
            .map_err(translate)
    }
}

#[async_trait]
impl Whole for WholeServer {
    async fn see(&mut self, scope: Scope) -> Result<(), StoreError> {
        if self.scope == Some(scope) {
            return Ok(());
        }
        let mut mark = String::new();
        match scope {
            Scope::Tenant(tenant) => {
                for byte in tenant.as_bytes() {
                    let _ = write!(mark, "{byte:02x}");
                }
            }
            Scope::Directory => mark.push_str("ff"),
            Scope::Shared => {}
        }
        self.say(format!("SET LOCAL clausa.tenant = '{mark}'")).await?;
        self.scope = Some(scope);
        Ok(())
    }

    async fn rows(&mut self, statement: &str, values: &[Value]) -> Result<Vec<Vec<Cell>>, StoreError> {
        let query = bind(AssertSqlSafe(statement.to_owned()), values.to_vec());
        let rows = query.fetch_all(self.link.bare()).await.map_err(translate)?;
        rows.iter().map(cells).collect()
    }

    async fn names(&mut self) -> Result<Vec<String>, StoreError> {
        self.texts(
            "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()",
            None,
        )
        .await
    }

    async fn columns(&mut self, table: &str) -> Result<(Vec<(String, String)>, Vec<String>), StoreError> {
        let names = self
            .texts(&format!("SELECT column_name::text {COLUMNS}"), Some(table))
            .await?;
        let kinds = self
            .texts(&format!("SELECT data_type::text {COLUMNS}"), Some(table))
            .await?;
        let key = self.texts(KEY, Some(table)).await?;
        Ok((names.into_iter().zip(kinds).collect(), key))
    }

    fn is_walled(&self) -> bool {
        true
    }

    async fn insert(&mut self, shape: &Shape, rows: Vec<Vec<Cell>>) -> Result<(), StoreError> {
        let mut columns: Vec<Vec<Cell>> = shape.columns.iter().map(|_| Vec::new()).collect();
        for row in rows {
            for (column, cell) in columns.iter_mut().zip(row) {
                column.push(cell);
            }
        }
        let arrays: Vec<String> = (1..)
            .zip(&shape.columns)
            .map(|(number, column)| match column.kind {
                Kind::Int => format!("${number}::bigint[]"),
                Kind::Text => format!("${number}::text[]"),
                Kind::Bytes => format!("${number}::bytea[]"),
            })
            .collect();
        let (table, names, arrays) = (shape.table.name, shape.names(), arrays.join(", "));
        let statement = format!("INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays})");
        let mut query = sqlx::query(AssertSqlSafe(statement));
        for (cells, column) in columns.into_iter().zip(&shape.columns) {
            query = bind_all(query, cells, column.kind);
        }
        query.execute(self.link.bare()).await.map(drop).map_err(translate)
    }

    async fn finish(mut self: Box<Self>) -> Result<(), StoreError> {
        migrations::finish(self.link.bare()).await?;
        // The server's default may answer before a commit is durable.
        self.say("SET LOCAL synchronous_commit = 'on'; COMMIT".to_owned())
            .await?;
        self.link.close().await;
        Ok(())
    }

    async fn leave(self: Box<Self>) {
        self.link.close().await;
    }
}

impl WholeServer {
    async fn texts(&mut self, statement: &str, value: Option<&str>) -> Result<Vec<String>, StoreError> {
        let values: Vec<Value> = value
            .map(|text| Value::Text(text.to_owned()))
            .into_iter()
            .collect();
        let rows = self.rows(statement, &values).await?;
        rows.into_iter()
            .map(|row| match row.into_iter().next() {
                Some(Cell::Text(text)) => Ok(text),
                _ => Err(StoreError::Corrupt { what: "the schema" }),
            })
            .collect()
    }
}

fn cells(row: &PgRow) -> Result<Vec<Cell>, StoreError> {
    (0..row.len())
        .map(|index| read_cell(row, index))
        .collect::<Result<_, _>>()
        .map_err(translate)
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Postgres, PgArguments>;

/// One column's cells as an array.
fn bind_all(query: Query<'_>, cells: Vec<Cell>, kind: Kind) -> Query<'_> {
    let cells = cells.into_iter();
    match kind {
        Kind::Int => query.bind(
            cells
                .map(|cell| match cell {
                    Cell::Int(int) => Some(int),
                    _ => None,
                })
                .collect::<Vec<_>>(),
        ),
        Kind::Text => query.bind(
            cells
                .map(|cell| match cell {
                    Cell::Text(text) => Some(text),
                    _ => None,
                })
                .collect::<Vec<_>>(),
        ),
        Kind::Bytes => query.bind(
            cells
                .map(|cell| match cell {
                    Cell::Bytes(bytes) => Some(bytes),
                    _ => None,
                })
                .collect::<Vec<_>>(),
        ),
    }
}

const COLUMNS: &str = "FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 \
     ORDER BY ordinal_position";
const KEY: &str = "SELECT a.attname::text FROM pg_index i \
     CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY k (number, place) \
     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number \
     WHERE i.indisprimary AND i.indrelid = $1::regclass ORDER BY k.place";
