//! What the authority counts for those who watch it.
//!
//! Told on a listener of its own, in the text format of OpenMetrics, and only if the operator asks for it. No label holds
//! a person, an organisation, a file or an address (`SEC-152`): routes are templates, and everything else is a closed list.

mod scrape;

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use axum::http::{Method, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::state::AppState;

pub(crate) use scrape::router;

/// Upper bounds in seconds of the latency histogram: around what a licence costs, and up to the request limit.
const BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

/// A request by its route's template.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    method: &'static str,
    route: String,
}

/// An answer by its route's template and the first digit of its status.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: &'static str,
}

/// What came of a request for a licence: `issued`, or the name of the refusal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// Everything that is counted.
pub(crate) struct Metrics {
    registry: Registry,
    answers: Family<Answered, Counter>,
    seconds: Family<Asked, Histogram>,
    licences: Family<Outcome, Counter>,
    transactions: Counter<u64, AtomicU64>,
    commits: Counter<u64, AtomicU64>,
    reruns: Counter<u64, AtomicU64>,
    waiting: Gauge<i64, AtomicI64>,
    mails: Gauge<i64, AtomicI64>,
    connections: Gauge<i64, AtomicI64>,
    running: Gauge<i64, AtomicI64>,
    database: Gauge<i64, AtomicI64>,
    spans_sent: Counter<u64, AtomicU64>,
    spans_dropped: Counter<u64, AtomicU64>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("clausa"),
            answers: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            licences: Family::default(),
            transactions: Counter::default(),
            commits: Counter::default(),
            reruns: Counter::default(),
            waiting: Gauge::default(),
            mails: Gauge::default(),
            connections: Gauge::default(),
            running: Gauge::default(),
            database: Gauge::default(),
            spans_sent: Counter::default(),
            spans_dropped: Counter::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        let version = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The program", version);
        registry.register("requests", "Requests that were answered", self.answers.clone());
        registry.register(
            "request_seconds",
            "Time from a request to its answer",
            self.seconds.clone(),
        );
        registry.register(
            "licences",
            "Requests for use licences, by what came of them",
            self.licences.clone(),
        );
        registry.register(
            "transactions",
            "Transactions that were asked for",
            self.transactions.clone(),
        );
        registry.register("commits", "Commits that made them durable", self.commits.clone());
        registry.register(
            "transaction_reruns",
            "Transactions that were run again alone",
            self.reruns.clone(),
        );
        registry.register(
            "transactions_waiting",
            "Transactions that wait for their turn",
            self.waiting.clone(),
        );
        registry.register(
            "mails_waiting",
            "Mails that wait for the relay",
            self.mails.clone(),
        );
        registry.register("connections", "Open connections", self.connections.clone());
        registry.register(
            "requests_running",
            "Requests that are running",
            self.running.clone(),
        );
        registry.register(
            "database_up",
            "1 when the database answers, else 0",
            self.database.clone(),
        );
        registry.register(
            "trace_spans_sent",
            "Spans that the collector took",
            self.spans_sent.clone(),
        );
        registry.register(
            "trace_spans_dropped",
            "Spans that were given up, because they were too many or the collector did not take them",
            self.spans_dropped.clone(),
        );
    }

    /// Counts an answer. `route` is the route's template, if there is such a route.
    pub(crate) fn answered(&self, method: &Method, route: Option<&str>, status: StatusCode, took: Duration) {
        let method = name_of(method);
        let route = route.unwrap_or("none").to_owned();
        let status = class_of(status);
        let asked = Asked {
            method,
            route: route.clone(),
        };
        self.seconds.get_or_create(&asked).observe(took.as_secs_f64());
        let answered = Answered {
            method,
            route,
            status,
        };
        self.answers.get_or_create(&answered).inc();
    }

    /// Counts a request for a licence.
    pub(crate) fn licence(&self, outcome: &'static str) {
        self.licences.get_or_create(&Outcome { outcome }).inc();
    }

    /// Everything, as text.
    pub(crate) async fn text(&self, state: &AppState) -> Result<String, std::fmt::Error> {
        let store = state.store().statistics();
        self.transactions
            .inner()
            .store(store.transactions, Ordering::Relaxed);
        self.commits.inner().store(store.commits, Ordering::Relaxed);
        self.reruns.inner().store(store.reruns, Ordering::Relaxed);
        let traces = state.traces();
        self.spans_sent.inner().store(traces.sent(), Ordering::Relaxed);
        self.spans_dropped
            .inner()
            .store(traces.dropped(), Ordering::Relaxed);
        self.waiting.set(signed(store.waiting));
        self.connections.set(signed(state.connections().taken() as u64));
        self.running.set(signed(state.running() as u64));
        let mails = state
            .store()
            .read("count mails", |tx| {
                Box::pin(async move { tx.mails_waiting().await })
            })
            .await;
        self.database.set(i64::from(mails.is_ok()));
        // A database that does not answer leaves the last number, and says so.
        if let Ok(mails) = mails.map_err(|error: clausa_store::StoreError| {
            tracing::warn!(%error, "waiting mails cannot be counted");
        }) {
            self.mails.set(signed(mails));
        }
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics(..)")
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Anybody can invent a method; only known ones become a label.
pub(crate) fn name_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn class_of(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}
