//! Traces: how long each part of a request took, for an OpenTelemetry collector, if the operator names one.
//!
//! What may leave is a closed list (`SEC-154`): a span's name and the values of its attributes are constants of this
//! program, numbers, or a route's template. There is no way to put a text into one. See
//! docs/adr/0036-traces-of-our-own.md.

mod export;
mod otlp;
mod parent;
mod span;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use clausa_core::random::Randomness as _;
use clausa_store::store::{Observed, Observer};

use crate::config::TracesConfig;
use crate::state::AppState;

pub use export::TracesError;
pub(crate) use export::{Exporter, Queue, Running, open};
pub(crate) use parent::Parent;
pub(crate) use span::{Kind, Span, Trace, span, within};

/// Begins traces, if they are wanted.
pub(crate) struct Traces {
    queue: Option<Arc<Queue>>,
    one_in: u64,
    begun: AtomicU64,
}

impl Traces {
    pub(crate) fn new(config: &TracesConfig, queue: Option<Arc<Queue>>) -> Self {
        Self {
            queue,
            one_in: config.sample_one_in.max(1).into(),
            begun: AtomicU64::new(0),
        }
    }

    /// A trace of its own with its outermost span; `None` when nobody wants it. `id` is the request's id, so that a
    /// trace and the log's lines name the same; without one, it is drawn.
    pub(crate) fn begin(
        &self,
        state: &AppState,
        name: &'static str,
        id: Option<u128>,
        parent: Option<Parent>,
    ) -> Option<(Trace, Span)> {
        let queue = self.queue.as_ref()?;
        let is_wanted = match &parent {
            // Whoever began it has chosen.
            Some(parent) => parent.is_sampled,
            None => self
                .begun
                .fetch_add(1, Ordering::Relaxed)
                .is_multiple_of(self.one_in),
        };
        if !is_wanted {
            return None;
        }
        let mut drawn = [0; 24];
        state.randomness().fill(&mut drawn).ok()?;
        let (of_trace, of_span) = drawn.split_at(16);
        let fresh = || u128::from_be_bytes(of_trace.try_into().unwrap_or_default());
        let trace = parent
            .as_ref()
            .map(|parent| parent.trace)
            .or(id)
            .unwrap_or_else(fresh);
        let first = u64::from_be_bytes(of_span.try_into().unwrap_or_default());
        let now = state.clock().micros();
        Some(Trace::begin(queue, name, trace, parent, first, now))
    }

    /// Spans that the collector took.
    pub(crate) fn sent(&self) -> u64 {
        self.queue.as_ref().map_or(0, |queue| queue.sent())
    }

    /// Spans that were given up: the queue was full, the trace too long, or the collector did not take them.
    pub(crate) fn dropped(&self) -> u64 {
        self.queue.as_ref().map_or(0, |queue| queue.dropped())
    }
}

/// Makes a span of every transaction, from asking to its answer. One of which nothing was kept has failed, whoever's fault it
/// was.
pub(crate) struct Transactions;

impl Observer for Transactions {
    fn begun(&self, name: &'static str, writes: bool) -> Option<Box<dyn Observed>> {
        let mut span = span("transaction");
        if !span.is_recording() {
            return None;
        }
        span.note("db.operation.name", name);
        span.note("clausa.transaction.kind", if writes { "write" } else { "read" });
        Some(Box::new(span))
    }
}

impl Observed for Span {
    fn failed(&mut self) {
        Span::failed(self);
    }
}
