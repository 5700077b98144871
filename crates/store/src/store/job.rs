//! A transaction's closure on its way through an engine, with its answer.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use clausa_core::id::TenantId;
use futures_util::FutureExt as _;
use tokio::sync::oneshot;

use super::BoxFuture;
use crate::error::StoreError;
use crate::repo::UnitOfWork;

/// Whether what a job did is to be committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Its answer is `Ok`.
    Yes,
    /// Its answer is `Err`, it panicked, or it took too long.
    No,
}

/// A transaction without its types.
pub(crate) trait Job: Send {
    /// For traces.
    fn name(&self) -> &'static str;

    /// True when nobody waits for the answer any more, so that there is no need to begin.
    fn is_abandoned(&self) -> bool;

    /// Runs the closure and keeps its answer. May be called again.
    fn run<'j>(&'j mut self, tx: &'j mut dyn UnitOfWork) -> BoxFuture<'j, Kept>;

    /// The tenant whose rows it is about, when whoever asked for it said so. Decides who waits for whom, nothing else.
    fn tenant(&self) -> Option<TenantId> {
        None
    }

    /// Says that it failed, whatever it answered when it ran.
    fn deliver_failure(&mut self, error: StoreError);

    /// Sends the answer to whoever waits; an `Ok` only when it was committed.
    fn deliver(&mut self, committed: Result<(), StoreError>);
}

/// The closure, however it takes its input.
pub(super) trait Work<T, E>: Send + Sync {
    fn call<'t>(&'t self, tx: &'t mut dyn UnitOfWork) -> BoxFuture<'t, Result<T, E>>;
}

/// A closure that owns what it needs.
pub(super) struct Plain<F>(pub(super) F);

impl<T, E, F> Work<T, E> for Plain<F>
where
    F: for<'t> Fn(&'t mut dyn UnitOfWork) -> BoxFuture<'t, Result<T, E>> + Send + Sync,
{
    fn call<'t>(&'t self, tx: &'t mut dyn UnitOfWork) -> BoxFuture<'t, Result<T, E>> {
        (self.0)(tx)
    }
}

/// A closure that borrows its input.
pub(super) struct WithInput<C, F> {
    pub(super) input: C,
    pub(super) job: F,
}

impl<C, T, E, F> Work<T, E> for WithInput<C, F>
where
    F: for<'t> Fn(&'t C, &'t mut dyn UnitOfWork) -> BoxFuture<'t, Result<T, E>> + Send + Sync,
    C: Send + Sync,
{
    fn call<'t>(&'t self, tx: &'t mut dyn UnitOfWork) -> BoxFuture<'t, Result<T, E>> {
        (self.job)(&self.input, tx)
    }
}

/// A closure, its answer, and who waits for it.
pub(super) struct TypedJob<W, T, E> {
    name: &'static str,
    limit: Duration,
    tenant: Option<TenantId>,
    work: W,
    answer: Option<Result<T, E>>,
    waiting: Option<oneshot::Sender<Result<T, E>>>,
}

impl<W, T, E> TypedJob<W, T, E> {
    /// A job whose answer is sent once it is committed.
    pub(super) fn queued(
        name: &'static str,
        limit: Duration,
        tenant: Option<TenantId>,
        work: W,
    ) -> (Self, oneshot::Receiver<Result<T, E>>) {
        let (sender, receiver) = oneshot::channel();
        (
            Self {
                name,
                limit,
                tenant,
                work,
                answer: None,
                waiting: Some(sender),
            },
            receiver,
        )
    }

    /// A job whose answer is taken by [`TypedJob::into_answer`].
    pub(super) fn direct(name: &'static str, limit: Duration, tenant: Option<TenantId>, work: W) -> Self {
        Self {
            name,
            limit,
            tenant,
            work,
            answer: None,
            waiting: None,
        }
    }

    pub(super) fn into_answer(self) -> Option<Result<T, E>> {
        self.answer
    }
}

impl<W, T, E> Job for TypedJob<W, T, E>
where
    W: Work<T, E>,
    T: Send,
    E: From<StoreError> + Send,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn is_abandoned(&self) -> bool {
        self.waiting.as_ref().is_some_and(oneshot::Sender::is_closed)
    }

    fn run<'j>(&'j mut self, tx: &'j mut dyn UnitOfWork) -> BoxFuture<'j, Kept> {
        Box::pin(async move {
            // The unit of work is rolled back after a panic, so nothing of a half-done change is seen.
            let guarded = async { AssertUnwindSafe(self.work.call(tx)).catch_unwind().await };
            let answer = match tokio::time::timeout(self.limit, guarded).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(_panic)) => {
                    tracing::error!(transaction = self.name, "transaction panicked");
                    Err(StoreError::Panicked.into())
                }
                Err(_elapsed) => {
                    tracing::error!(transaction = self.name, "transaction took too long");
                    Err(StoreError::TooLong.into())
                }
            };
            let kept = if answer.is_ok() { Kept::Yes } else { Kept::No };
            self.answer = Some(answer);
            kept
        })
    }

    fn tenant(&self) -> Option<TenantId> {
        self.tenant
    }

    fn deliver_failure(&mut self, error: StoreError) {
        self.answer = None;
        self.deliver(Err(error));
    }

    fn deliver(&mut self, committed: Result<(), StoreError>) {
        let answer = match (self.answer.take(), committed) {
            (Some(Ok(answer)), Ok(())) => Ok(answer),
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(error.into()),
            (None, Ok(())) => Err(StoreError::Closed.into()),
        };
        if let Some(waiting) = self.waiting.take() {
            // Whoever waited may have gone; what was committed stays.
            let _ = waiting.send(answer);
        }
    }
}
