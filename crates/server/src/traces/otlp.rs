//! Spans as OTLP's JSON (opentelemetry-proto 1.x, `ExportTraceServiceRequest`): ids are hexadecimal, 64-bit numbers are
//! texts, enumerations are numbers.

use serde_json::{Value as Json, json};

use super::span::{Ended, Value};

/// The body of one export. `instance` tells the nodes of an authority apart.
pub(super) fn request(spans: &[Ended], instance: &str) -> Json {
    json!({ "resourceSpans": [{
        "resource": { "attributes": [
            text("service.name", "clausa"),
            text("service.version", env!("CARGO_PKG_VERSION")),
            text("service.instance.id", instance),
        ] },
        "scopeSpans": [{
            "scope": { "name": "clausa", "version": env!("CARGO_PKG_VERSION") },
            "spans": spans.iter().map(span).collect::<Vec<_>>(),
        }],
    }] })
}

/// How many spans of a successful export the collector refused, by its answer.
pub(super) fn refused(answer: &[u8]) -> u64 {
    let rejected = serde_json::from_slice::<Json>(answer)
        .ok()
        .and_then(|mut answer| Some(answer.get_mut("partialSuccess")?.get_mut("rejectedSpans")?.take()));
    match rejected {
        Some(Json::String(text)) => text.parse().unwrap_or(0),
        Some(number) => number.as_u64().unwrap_or(0),
        None => 0,
    }
}

fn span(span: &Ended) -> Json {
    let attributes = span.attributes.iter().map(|(key, value)| match value {
        Value::Word(word) => text(key, word),
        Value::Number(number) => json!({ "key": key, "value": { "intValue": number.to_string() } }),
        Value::Template(path) => text(key, path.as_str()),
    });
    let mut json = json!({
        "traceId": format!("{:032x}", span.trace),
        "spanId": format!("{:016x}", span.id),
        "name": name(span),
        "kind": span.kind as u8,
        "startTimeUnixNano": span.begun_nanos.to_string(),
        "endTimeUnixNano": span.ended_nanos.to_string(),
        "attributes": attributes.collect::<Vec<_>>(),
        "status": if span.has_failed { json!({ "code": 2 }) } else { json!({}) },
    });
    if let (Some(parent), Some(fields)) = (span.parent, json.as_object_mut()) {
        fields.insert("parentSpanId".to_owned(), format!("{parent:016x}").into());
    }
    json
}

/// A request is named by its method and its route's template, as the semantic conventions have it.
fn name(span: &Ended) -> String {
    let route = span.attributes.iter().find_map(|(_, value)| match value {
        Value::Template(path) => Some(path.as_str()),
        _ => None,
    });
    match route {
        Some(route) => format!("{} {route}", span.name),
        None => span.name.to_owned(),
    }
}

fn text(key: &str, value: &str) -> Json {
    json!({ "key": key, "value": { "stringValue": value } })
}

#[cfg(test)]
mod tests {
    use super::refused;

    #[test]
    fn a_collector_may_refuse_a_part() {
        assert_eq!(
            refused(br#"{"partialSuccess":{"rejectedSpans":"3","errorMessage":"no"}}"#),
            3
        );
        assert_eq!(refused(br#"{"partialSuccess":{"rejectedSpans":2}}"#), 2);
        for answer in ["{}", "", "no", r#"{"partialSuccess":null}"#] {
            assert_eq!(refused(answer.as_bytes()), 0, "{answer}");
        }
    }
}
