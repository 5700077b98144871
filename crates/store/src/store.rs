//! The handle through which everything else reaches the database.

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use clausa_core::id::TenantId;

use crate::error::StoreError;
use crate::repo::UnitOfWork;
use crate::sealed::Sealer;

mod backend;
mod job;
mod observer;

pub(crate) use backend::Backend;
pub(crate) use job::{Job, Kept};
pub use observer::{Observed, Observer};

use job::{Plain, TypedJob, WithInput, Work};

/// A future that borrows the unit of work it was given.
pub type BoxFuture<'t, T> = Pin<Box<dyn Future<Output = T> + Send + 't>>;

/// How long a transaction's closure may take, unless the handle says otherwise. One that waits for anything but the database holds up everybody's
/// writing, so it is cut off.
pub const TRANSACTION_LIMIT: Duration = Duration::from_secs(10);

/// The authority's memory. Cheap to clone; every clone is the same store.
#[derive(Clone)]
pub struct Store {
    backend: Arc<dyn Backend>,
    limit: Duration,
    tenant: Option<TenantId>,
    observer: Option<Arc<dyn Observer>>,
}

/// What a store has done since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Transactions that were asked for.
    pub transactions: u64,
    /// Commits that made them durable: fewer, because waiting transactions share one.
    pub commits: u64,
    /// Transactions run again alone, because their group could not be committed.
    pub reruns: u64,
    /// Transactions that wait for their turn now.
    pub waiting: u64,
}

impl Store {
    /// Opens the SQLite database at `path`, makes it when there is none, and brings its schema up to date.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnknownSchema`] when a newer version or something else wrote the file; [`StoreError::Sealed`]
    /// when none of the sealer's keys opens what is sealed in it; else what the database says.
    pub async fn open_sqlite(path: &Path, sealer: Sealer) -> Result<Self, StoreError> {
        Ok(Self::over(crate::sqlite::Sqlite::open(path, sealer).await?))
    }

    /// Opens the PostgreSQL database at `url` (`postgres://user@host/name`), and brings its schema up to date. The
    /// password comes beside the URL, or from the file that `PGPASSFILE` names.
    ///
    /// # Errors
    ///
    /// As [`Store::open_sqlite`]; [`StoreError::Refused`] for a way or a user that is not safe,
    /// [`StoreError::Unreachable`] when nobody answers there.
    pub async fn open_postgres(
        url: &str,
        password: Option<&str>,
        sealer: Sealer,
    ) -> Result<Self, StoreError> {
        let backend = crate::postgres::Postgres::open(url, password, sealer).await?;
        Ok(Self::over(backend))
    }

    fn over(backend: impl Backend + 'static) -> Self {
        Self {
            backend: Arc::new(backend),
            limit: TRANSACTION_LIMIT,
            tenant: None,
            observer: None,
        }
    }

    /// The same store, for transactions that are about one tenant's rows. Such transactions wait for those of the same
    /// tenant and not for others; what they may see and do is decided by their permits as always.
    #[must_use]
    pub fn for_tenant(&self, tenant: TenantId) -> Self {
        Self {
            tenant: Some(tenant),
            ..self.clone()
        }
    }

    /// The same store, whose transactions `observer` is told of.
    #[must_use]
    pub fn observed_by(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// The same store with another limit than [`TRANSACTION_LIMIT`] for the transactions that this handle begins.
    #[must_use]
    pub fn with_transaction_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs `job` as one transaction and returns its answer once that is durable.
    ///
    /// An `Ok` is kept, an `Err` leaves nothing behind. The closure may run more than once, so it changes nothing but
    /// the unit of work, and it waits for nothing but the unit of work. `name` is for traces: a constant such as
    /// `"licence.issue"`. Most jobs have an input, which [`Store::transact_with`] lends them.
    ///
    /// ```
    /// # use clausa_store::{Store, StoreError, record::ident::SignupId};
    /// # async fn example(store: &Store, id: SignupId) -> Result<bool, StoreError> {
    /// let proven = store.transact("signup.prove", move |tx| Box::pin(async move { tx.prove_signup(id).await })).await?;
    /// # Ok(proven) }
    /// ```
    ///
    /// # Errors
    ///
    /// The job's own, or [`StoreError`] as the job's error type when the transaction could not be run or committed.
    pub async fn transact<T, E, F>(&self, name: &'static str, job: F) -> Result<T, E>
    where
        F: for<'t> Fn(&'t mut dyn UnitOfWork) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.submit(name, Plain(job)).await
    }

    /// As [`Store::transact`], with an input that the job borrows; several things come as a tuple.
    ///
    /// ```
    /// # use clausa_store::{Permit, Store, StoreError, record::{content::{Content, Registration}, log::LogDraft}};
    /// # async fn example(store: &Store, permit: Permit, content: Content, entry: LogDraft) -> Result<(), StoreError> {
    /// let registered = store
    ///     .transact_with("content.register", (permit, content, entry), |(permit, content, entry), tx| {
    ///         Box::pin(async move {
    ///             let outcome = tx.register_content(permit, content).await?;
    ///             if !matches!(outcome, Registration::Conflict) {
    ///                 tx.append_log(permit, entry).await?;
    ///             }
    ///             Ok::<_, StoreError>(outcome)
    ///         })
    ///     })
    ///     .await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Store::transact`].
    pub async fn transact_with<C, T, E, F>(&self, name: &'static str, input: C, job: F) -> Result<T, E>
    where
        F: for<'t> Fn(&'t C, &'t mut dyn UnitOfWork) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static,
        C: Send + Sync + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.submit(name, WithInput { input, job }).await
    }

    /// Runs `job` on one state of the database, beside any writing. An attempt to write is [`StoreError::ReadOnly`].
    ///
    /// # Errors
    ///
    /// The job's own, or [`StoreError`] as the job's error type when the database could not be read.
    pub async fn read<T, E, F>(&self, name: &'static str, job: F) -> Result<T, E>
    where
        F: for<'t> Fn(&'t mut dyn UnitOfWork) -> BoxFuture<'t, Result<T, E>> + Send + Sync,
        T: Send,
        E: From<StoreError> + Send,
    {
        self.look(name, Plain(job)).await
    }

    /// As [`Store::read`], with an input that the job borrows.
    ///
    /// # Errors
    ///
    /// As [`Store::read`].
    pub async fn read_with<C, T, E, F>(&self, name: &'static str, input: C, job: F) -> Result<T, E>
    where
        F: for<'t> Fn(&'t C, &'t mut dyn UnitOfWork) -> BoxFuture<'t, Result<T, E>> + Send + Sync,
        C: Send + Sync,
        T: Send,
        E: From<StoreError> + Send,
    {
        self.look(name, WithInput { input, job }).await
    }

    /// As [`Store::read_with`], for a job of a single statement, which needs no transaction around it to see one state. The
    /// tenant of [`Store::for_tenant`] says whose rows it will be about, and saves telling the database.
    ///
    /// # Errors
    ///
    /// As [`Store::read`].
    pub async fn glance_with<C, T, E, F>(&self, name: &'static str, input: C, job: F) -> Result<T, E>
    where
        F: for<'t> Fn(&'t C, &'t mut dyn UnitOfWork) -> BoxFuture<'t, Result<T, E>> + Send + Sync,
        C: Send + Sync,
        T: Send,
        E: From<StoreError> + Send,
    {
        let glanced = async {
            let mut job = TypedJob::direct(name, self.limit, self.tenant, WithInput { input, job });
            self.backend.glance(&mut job).await?;
            job.into_answer()
                .unwrap_or_else(|| Err(StoreError::Closed.into()))
        };
        self.told(name, false, glanced).await
    }

    /// What the store has done since it was opened.
    pub fn statistics(&self) -> Statistics {
        self.backend.statistics()
    }

    /// Commits what is under way and closes the database. Later transactions are [`StoreError::Closed`].
    pub async fn close(&self) {
        self.backend.close().await;
    }

    /// Tells the observer of what is done, from here to its answer.
    async fn told<T, E>(
        &self,
        name: &'static str,
        writes: bool,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let mut observed = self
            .observer
            .as_ref()
            .and_then(|observer| observer.begun(name, writes));
        let answer = work.await;
        if let (Err(_), Some(observed)) = (&answer, &mut observed) {
            observed.failed();
        }
        answer
    }

    async fn submit<T, E, W>(&self, name: &'static str, work: W) -> Result<T, E>
    where
        W: Work<T, E> + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (job, answer) = TypedJob::queued(name, self.limit, self.tenant, work);
        let submitted = async {
            self.backend.submit(Box::new(job)).await?;
            answer.await.unwrap_or_else(|_| Err(StoreError::Closed.into()))
        };
        self.told(name, true, submitted).await
    }

    async fn look<T, E, W>(&self, name: &'static str, work: W) -> Result<T, E>
    where
        W: Work<T, E>,
        T: Send,
        E: From<StoreError> + Send,
    {
        let looked = async {
            let mut job = TypedJob::direct(name, self.limit, self.tenant, work);
            self.backend.read(&mut job).await?;
            job.into_answer()
                .unwrap_or_else(|| Err(StoreError::Closed.into()))
        };
        self.told(name, false, looked).await
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
