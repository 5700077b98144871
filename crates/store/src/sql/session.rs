//! How a statement reaches an engine.

use async_trait::async_trait;

use super::{Row, Value};
use crate::error::StoreError;
use crate::record::secret::Secret;
use crate::repo::UnitOfWork;
use crate::sealed::{Place, Sealer};

/// A connection inside a transaction.
#[async_trait]
pub(crate) trait Session: Send {
    /// Runs a statement and says how many rows it touched.
    async fn execute(&mut self, statement: &'static str, values: Vec<Value>) -> Result<u64, StoreError>;

    /// Runs a statement and returns its rows.
    async fn rows(&mut self, statement: &'static str, values: Vec<Value>) -> Result<Vec<Row>, StoreError>;
}

/// The unit of work of every SQL engine.
pub(crate) struct SqlUnit<'c, S> {
    session: &'c mut S,
    sealer: &'c Sealer,
}

impl<S: Session> UnitOfWork for SqlUnit<'_, S> {}

impl<'c, S: Session> SqlUnit<'c, S> {
    pub(crate) fn new(session: &'c mut S, sealer: &'c Sealer) -> Self {
        Self { session, sealer }
    }

    pub(super) async fn execute(
        &mut self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        self.session.execute(statement, values).await
    }

    /// True when the statement touched a row.
    pub(super) async fn changes(
        &mut self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<bool, StoreError> {
        Ok(self.session.execute(statement, values).await? > 0)
    }

    pub(super) async fn rows(
        &mut self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        self.session.rows(statement, values).await
    }

    /// The first row, if there is any.
    pub(super) async fn row(
        &mut self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.session.rows(statement, values).await?.into_iter().next())
    }

    pub(super) fn seal(&self, place: Place<'_>, secret: &Secret) -> Result<Vec<u8>, StoreError> {
        self.sealer.seal(place, secret)
    }

    pub(super) fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Secret, StoreError> {
        self.sealer.open(place, sealed)
    }
}
