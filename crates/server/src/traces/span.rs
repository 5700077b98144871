//! Spans, and the trace that is under way in a task.

use std::cell::Cell;
use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::MatchedPath;
use futures_util::future::Either;

use super::{Parent, Queue};

/// Spans of one trace; a batch of a thousand licences would fill the queue alone.
const MAX_SPANS: u32 = 128;

tokio::task_local! {
    static CURRENT: Trace;
}

/// A trace that is under way. Belongs to one task.
pub(crate) struct Trace {
    queue: Arc<Queue>,
    id: u128,
    next: Cell<u64>,
    innermost: Cell<u64>,
    left: Cell<u32>,
    clock: Clock,
}

/// The authority's clock is asked once a trace; the rest is measured, so that durations do not jump with it.
#[derive(Clone, Copy)]
struct Clock {
    micros: u64,
    at: Instant,
}

impl Clock {
    fn nanos(self) -> u64 {
        let since = u64::try_from(self.at.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.micros.saturating_mul(1_000).saturating_add(since)
    }
}

/// On which side of which conversation a span is (`SpanKind` of OTLP).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Within the authority.
    Internal = 1,
    /// It answers a request.
    Server = 2,
    /// It asks somebody else.
    Client = 3,
}

/// What an attribute may hold. Nothing that was read from a request: `SEC-154`.
#[derive(Debug)]
pub(crate) enum Value {
    /// A word of this program.
    Word(&'static str),
    /// A number.
    Number(i64),
    /// A route as the router's table has it.
    Template(MatchedPath),
}

impl From<&'static str> for Value {
    fn from(word: &'static str) -> Self {
        Self::Word(word)
    }
}

impl From<u16> for Value {
    fn from(number: u16) -> Self {
        Self::Number(number.into())
    }
}

impl From<MatchedPath> for Value {
    fn from(path: MatchedPath) -> Self {
        Self::Template(path)
    }
}

/// A span that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(super) trace: u128,
    pub(super) id: u64,
    pub(super) parent: Option<u64>,
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) begun_nanos: u64,
    pub(super) ended_nanos: u64,
    pub(super) attributes: Vec<(&'static str, Value)>,
    pub(super) has_failed: bool,
}

/// A span that is under way, and ends when it is dropped. Without a trace it is nothing.
#[must_use = "a span measures until it is dropped"]
pub(crate) struct Span(Option<Box<Open>>);

struct Open {
    queue: Arc<Queue>,
    clock: Clock,
    ended: Ended,
}

impl Trace {
    /// A trace with its outermost span.
    pub(super) fn begin(
        queue: &Arc<Queue>,
        name: &'static str,
        id: u128,
        parent: Option<Parent>,
        first: u64,
        micros: u64,
    ) -> (Self, Span) {
        let trace = Self {
            queue: Arc::clone(queue),
            id,
            next: Cell::new(first),
            innermost: Cell::new(0),
            left: Cell::new(MAX_SPANS),
            clock: Clock {
                micros,
                at: Instant::now(),
            },
        };
        trace.innermost.set(parent.map_or(0, |parent| parent.span));
        let span = trace.open(name);
        (trace, span)
    }

    fn open(&self, name: &'static str) -> Span {
        let left = self.left.get();
        if left == 0 {
            self.queue.drop_one();
            return Span(None);
        }
        self.left.set(left - 1);
        // Zero is no id.
        let id = self.next.get().max(1);
        self.next.set(id.wrapping_add(1));
        let parent = self.innermost.replace(id);
        Span(Some(Box::new(Open {
            queue: Arc::clone(&self.queue),
            clock: self.clock,
            ended: Ended {
                trace: self.id,
                id,
                parent: (parent != 0).then_some(parent),
                name,
                kind: Kind::Internal,
                begun_nanos: self.clock.nanos(),
                ended_nanos: 0,
                attributes: Vec::new(),
                has_failed: false,
            },
        })))
    }
}

/// A span within the trace that this task is in, if it is in one.
pub(crate) fn span(name: &'static str) -> Span {
    CURRENT.try_with(|trace| trace.open(name)).unwrap_or(Span(None))
}

/// Runs `work` within `trace`.
pub(crate) fn within<F: Future>(trace: Option<Trace>, work: F) -> impl Future<Output = F::Output> {
    match trace {
        Some(trace) => Either::Left(CURRENT.scope(trace, work)),
        None => Either::Right(work),
    }
}

impl Span {
    pub(crate) fn is_recording(&self) -> bool {
        self.0.is_some()
    }

    /// Says on which side it is.
    pub(crate) fn kind(mut self, kind: Kind) -> Self {
        if let Some(open) = &mut self.0 {
            open.ended.kind = kind;
        }
        self
    }

    /// Adds an attribute.
    pub(crate) fn note(&mut self, key: &'static str, value: impl Into<Value>) {
        if let Some(open) = &mut self.0 {
            open.ended.attributes.push((key, value.into()));
        }
    }

    /// It came to nothing, and not by the caller's fault.
    pub(crate) fn failed(&mut self) {
        if let Some(open) = &mut self.0 {
            open.ended.has_failed = true;
        }
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let Some(mut open) = self.0.take() {
            let (id, parent) = (open.ended.id, open.ended.parent);
            // Spans that are not within each other do not put an ended one back.
            let _ = CURRENT.try_with(|trace| {
                if trace.innermost.get() == id {
                    trace.innermost.set(parent.unwrap_or(0));
                }
            });
            open.ended.ended_nanos = open.clock.nanos();
            open.queue.push(open.ended);
        }
    }
}
