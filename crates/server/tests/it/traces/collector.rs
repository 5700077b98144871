//! A collector: takes OTLP over HTTP on a port of its own, and reads it by the schema that opentelemetry-proto publishes.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde::Deserialize;

/// `ExportTraceServiceRequest`, in the JSON mapping of OTLP: lower camel case, nothing else.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Export {
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ResourceSpans {
    resource: Resource,
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Resource {
    attributes: Vec<KeyValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScopeSpans {
    scope: Scope,
    spans: Vec<Span>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scope {
    name: String,
    version: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Span {
    pub trace_id: String,
    pub span_id: String,
    pub parent_span_id: Option<String>,
    pub name: String,
    pub kind: u8,
    start_time_unix_nano: String,
    end_time_unix_nano: String,
    attributes: Vec<KeyValue>,
    pub status: Status,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    #[serde(default)]
    pub code: u8,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyValue {
    key: String,
    value: AnyValue,
}

/// `AnyValue`: one of these.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum AnyValue {
    StringValue(String),
    /// A 64-bit integer is a text.
    IntValue(String),
}

impl Span {
    /// An attribute's value, whichever kind it is of.
    pub fn attribute(&self, key: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|pair| pair.key == key)?;
        Some(match &found.value {
            AnyValue::StringValue(text) => text,
            AnyValue::IntValue(number) => number,
        })
    }

    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(|pair| pair.key.as_str())
    }

    /// When it began and ended, in nanoseconds.
    pub fn times(&self) -> (u64, u64) {
        let nanos = |text: &str| text.parse().unwrap();
        (nanos(&self.start_time_unix_nano), nanos(&self.end_time_unix_nano))
    }

    /// What the schema says of a span and no type does.
    fn check(&self) {
        let is_id = |text: &str, digits| {
            text.len() == digits
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
                && text.bytes().any(|byte| byte != b'0')
        };
        assert!(is_id(&self.trace_id, 32) && is_id(&self.span_id, 16), "{self:?}");
        assert!(self.parent_span_id.iter().all(|id| is_id(id, 16)), "{self:?}");
        assert!(!self.name.is_empty() && (1..=5).contains(&self.kind), "{self:?}");
        assert!(self.status.code <= 2, "{self:?}");
        let (begun, ended) = self.times();
        assert!(begun <= ended, "{self:?}");
        let keys: std::collections::BTreeSet<_> = self.keys().collect();
        assert_eq!(keys.len(), self.attributes.len(), "a key twice: {self:?}");
        for pair in &self.attributes {
            if let AnyValue::IntValue(number) = &pair.value {
                number.parse::<i64>().unwrap();
            }
        }
    }
}

#[derive(Default)]
struct Arrived {
    bytes: Vec<u8>,
    spans: Vec<Span>,
    wrong: Vec<String>,
    answers: Vec<StatusCode>,
    calls: usize,
}

/// A collector that runs until the test ends.
#[derive(Clone)]
pub struct Collector {
    address: SocketAddr,
    arrived: Arc<Mutex<Arrived>>,
}

impl Collector {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let collector = Self {
            address: listener.local_addr().unwrap(),
            arrived: Arc::default(),
        };
        let router = Router::new()
            .route("/v1/traces", post(take))
            .with_state(collector.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        collector
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers the next calls with these instead of taking them.
    pub fn answer_first(&self, answers: &[StatusCode]) {
        self.arrived.lock().unwrap().answers = answers.to_vec();
    }

    pub fn calls(&self) -> usize {
        self.arrived.lock().unwrap().calls
    }

    /// Every byte that arrived, with the headers of each call.
    pub fn bytes(&self) -> Vec<u8> {
        self.arrived.lock().unwrap().bytes.clone()
    }

    /// Waits until spans with these names have arrived; all that have, by then.
    pub async fn wait_for(&self, names: &[&str]) -> Vec<Span> {
        let mut found = BTreeMap::new();
        for _ in 0..400 {
            let spans = {
                let arrived = self.arrived.lock().unwrap();
                assert!(arrived.wrong.is_empty(), "not OTLP: {:?}", arrived.wrong);
                arrived.spans.clone()
            };
            found = BTreeMap::new();
            for span in &spans {
                *found.entry(span.name.clone()).or_insert(0) += 1;
            }
            if names.iter().all(|name| found.contains_key(*name)) {
                return spans;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no {names:?} in {found:?}");
    }
}

async fn take(State(collector): State<Collector>, headers: HeaderMap, body: Bytes) -> (StatusCode, String) {
    let mut arrived = collector.arrived.lock().unwrap();
    arrived.calls += 1;
    arrived.bytes.extend(format!("{headers:?}").into_bytes());
    arrived.bytes.extend_from_slice(&body);
    if !arrived.answers.is_empty() {
        return (arrived.answers.remove(0), String::new());
    }
    if headers
        .get("content-type")
        .is_none_or(|kind| kind != "application/json")
    {
        arrived.wrong.push(format!("{headers:?}"));
    }
    match serde_json::from_slice::<Export>(&body) {
        Ok(export) => {
            for resource in export.resource_spans {
                let service = resource
                    .resource
                    .attributes
                    .iter()
                    .find(|pair| pair.key == "service.name");
                assert!(matches!(&service.unwrap().value, AnyValue::StringValue(name) if name == "clausa"));
                for scope in resource.scope_spans {
                    assert!(!scope.scope.name.is_empty() && !scope.scope.version.is_empty());
                    scope.spans.iter().for_each(Span::check);
                    arrived.spans.extend(scope.spans);
                }
            }
        }
        Err(error) => arrived
            .wrong
            .push(format!("{error}: {}", String::from_utf8_lossy(&body))),
    }
    (StatusCode::OK, r#"{"partialSuccess":{}}"#.to_owned())
}
