//! How a statement reaches an engine.

use async_trait::async_trait;
use clausa_core::id::TenantId;

use super::{Row, Value};
use crate::error::StoreError;
use crate::record::secret::Secret;
use crate::repo::UnitOfWork;
use crate::sealed::{Place, Sealer};

/// Whose rows a statement is about. An engine that can holds every statement to it, as a second wall behind the
/// statement's own condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// This tenant's: the first parameter says so, and it comes from a permit.
    Tenant(TenantId),
    /// Finds a tenant by what somebody shows: a token, an address, a domain.
    Directory,
    /// Tables that belong to no tenant.
    Shared,
}

impl Scope {
    fn of(values: &[Value]) -> Self {
        match values.first() {
            Some(Value::Tenant(tenant)) => Self::Tenant(*tenant),
            _ => Self::Shared,
        }
    }
}

/// A connection inside a transaction.
#[async_trait]
pub(crate) trait Session: Send {
    /// Runs a statement and says how many rows it touched.
    async fn execute(
        &mut self,
        scope: Scope,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<u64, StoreError>;

    /// Runs a statement and returns its rows.
    async fn rows(
        &mut self,
        scope: Scope,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError>;
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
        self.session.execute(Scope::of(&values), statement, values).await
    }

    /// True when the statement touched a row.
    pub(super) async fn changes(
        &mut self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<bool, StoreError> {
        Ok(self
            .session
            .execute(Scope::of(&values), statement, values)
            .await?
            > 0)
    }

    pub(super) async fn rows(
        &mut self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        self.session.rows(Scope::of(&values), statement, values).await
    }

    /// The first row, if there is any.
    pub(super) async fn row(
        &mut self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(statement, values).await?.into_iter().next())
    }

    /// The first row of a statement that looks across tenants for whoever shows what `values` say.
    pub(super) async fn directory_row(
        &mut self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        let rows = self.directory_rows(statement, values).await?;
        Ok(rows.into_iter().next())
    }

    /// The rows of such a statement.
    pub(super) async fn directory_rows(
        &mut self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        self.session.rows(Scope::Directory, statement, values).await
    }

    /// Bytes that nobody can predict.
    pub(super) fn random<const N: usize>(&self) -> Result<[u8; N], StoreError> {
        self.sealer.random()
    }

    pub(super) fn seal(&self, place: Place<'_>, secret: &Secret) -> Result<Vec<u8>, StoreError> {
        self.sealer.seal(place, secret)
    }

    pub(super) fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Secret, StoreError> {
        self.sealer.open(place, sealed)
    }
}
