//! Traces, as a collector gets them.

mod collector;

use std::collections::BTreeMap;
use std::time::Instant;

use axum::http::{HeaderValue, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use clausa_api::licence::LicencePurpose;
use clausa_api::paths;
use clausa_server::Config;

use self::collector::{Collector, Span};
use crate::identity::support::Desk;
use crate::support::House;

const LICENCE: &str = "POST /v1/licences";

fn to(collector: &Collector) -> impl FnOnce(&mut Config) + use<> {
    let endpoint = collector.endpoint();
    move |config| config.traces.endpoint = Some(endpoint)
}

/// The spans of the trace whose outermost span has this name.
fn trace_of<'s>(spans: &'s [Span], name: &str) -> (&'s Span, BTreeMap<&'s str, &'s Span>) {
    let root = spans.iter().find(|span| span.name == name).unwrap();
    let within = spans
        .iter()
        .filter(|span| span.trace_id == root.trace_id && span.span_id != root.span_id)
        .map(|span| (span.name.as_str(), span))
        .collect();
    (root, within)
}

#[tokio::test]
async fn a_licence_is_a_trace_of_its_parts() {
    let collector = Collector::start().await;
    let house = House::open_with(to(&collector)).await;
    let janet = house.person("janet@contoso.example").await;
    let file = janet.publish(&house, &janet.policy(&[])).await;
    let answer = janet.ask(&house, &file, LicencePurpose::Open).await;
    assert_eq!(answer.status, StatusCode::OK);
    let id = answer.headers["x-request-id"].to_str().unwrap();

    let spans = collector.wait_for(&[LICENCE]).await;
    let (root, within) = trace_of(&spans, LICENCE);
    assert_eq!((root.trace_id.as_str(), root.kind, root.status.code), (id, 2, 0));
    assert_eq!(root.parent_span_id, None);
    assert_eq!(root.attribute("http.request.method"), Some("POST"));
    assert_eq!(root.attribute("http.route"), Some(paths::LICENCES));
    assert_eq!(root.attribute("http.response.status_code"), Some("200"));
    for name in [
        "authenticate",
        "verify licence",
        "unwrap keys",
        "decide",
        "sign licence",
        "transaction",
    ] {
        let span = within
            .get(name)
            .unwrap_or_else(|| panic!("no {name} in {within:?}"));
        let (begun, ended) = span.times();
        let outer = root.times();
        assert!(
            outer.0 <= begun && ended <= outer.1,
            "{span:?} not within {root:?}"
        );
    }
    // The transaction in which the token is looked up stands within the authentication, the deciding one does not.
    let transactions: BTreeMap<_, _> = spans
        .iter()
        .filter(|span| span.trace_id == root.trace_id)
        .filter_map(|span| Some((span.attribute("db.operation.name")?, span)))
        .collect();
    let parent = |name: &str| transactions[name].parent_span_id.as_deref();
    assert_eq!(parent("announce"), Some(within["authenticate"].span_id.as_str()));
    assert_eq!(parent("issue licences"), Some(root.span_id.as_str()));
    assert_eq!(
        transactions["issue licences"].attribute("clausa.transaction.kind"),
        Some("write")
    );
}

/// SEC-154: secrets and persons go through every kind of request, and nothing of them arrives.
#[tokio::test]
async fn no_trace_holds_a_secret_or_a_person() {
    let collector = Collector::start().await;
    let house = House::open_with(to(&collector)).await;
    let janet = house.person("zebra.quagga@okapi-tapir.example").await;
    let file = janet
        .publish(&house, &janet.policy(&[("vicuna@okapi-tapir.example", "VIEW")]))
        .await;
    janet.register(&house, &file, Some("aardvark-merger.pdf")).await;
    janet.ask(&house, &file, LicencePurpose::Open).await;
    janet
        .ask_for(&house, b"pangolin-licence", LicencePurpose::Open)
        .await;
    let path = format!(
        "{}?after=pangolin-query",
        paths::fill(paths::CONTENT, &file.content.to_string())
    );
    janet.get(&house, &path).await;
    janet.get(&house, "/v1/no/such/aardvark-path").await;
    let mut strange = janet.request("GET", paths::ME, None);
    let method = "PANGOLINMETHOD".parse().unwrap();
    *strange.method_mut() = method;
    house.send(strange).await;
    let spans = collector.wait_for(&[LICENCE, "other /v1/me"]).await;

    let desk = Desk::open_with(to(&collector)).await;
    let begun = desk.begin("zebra.quagga@okapi-tapir.example").await;
    let code = desk.code_for("zebra.quagga@okapi-tapir.example").await;
    desk.prove(&begun, "00000000").await;
    desk.prove(&begun, &code).await;
    desk.profile(&begun, Some("wombat-password-of-zebra")).await;
    let device = crate::identity::support::Device::new();
    let member = crate::identity::support::Member::new(
        device,
        &desk
            .exchange_signup(&begun, &crate::identity::support::Device::new())
            .await
            .json(),
    );
    let names = [
        "POST /v1/signups",
        "POST /v1/signups/{id}/proof",
        "POST /oauth/token",
        "deliver mail",
        "hand over mail",
    ];
    let more = collector.wait_for(&names).await;
    assert!(more.len() > spans.len());

    let tag = |bytes: &[u8]| vec![URL_SAFE_NO_PAD.encode(bytes), STANDARD.encode(bytes)];
    let mut secrets: Vec<String> = [
        "zebra",
        "quagga",
        "okapi",
        "tapir",
        "vicuna",
        "aardvark",
        "pangolin",
        "wombat",
        "PANGOLIN",
        "Janet",
        "127.0.0.1:9",
        "clausa-test",
    ]
    .map(str::to_owned)
    .to_vec();
    secrets.extend([
        janet.token.clone(),
        janet.account.to_string(),
        janet.tenant.to_string(),
        janet.device().to_string(),
        file.content.to_string(),
        begun.id.clone(),
        code,
        member.access,
        member.refresh,
        member.device.thumbprint(),
        "test-access".to_owned(),
        "DPoP".to_owned(),
    ]);
    secrets.extend(tag(&begun.verifier));
    secrets.extend(tag(&file.licence[..30]));
    secrets.extend(tag(&[7; 16]));
    let bytes = collector.bytes();
    let text = String::from_utf8_lossy(&bytes);
    for secret in &secrets {
        assert!(!text.contains(secret.as_str()), "{secret} was exported");
    }
    // And what may be there at all is a list.
    let allowed = [
        "http.request.method",
        "http.route",
        "http.response.status_code",
        "db.operation.name",
        "clausa.transaction.kind",
    ];
    for span in &more {
        assert!(span.keys().all(|key| allowed.contains(&key)), "{span:?}");
    }
}

#[tokio::test]
async fn a_callers_trace_is_joined_only_if_configured() {
    let theirs = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for accept in [false, true] {
        let collector = Collector::start().await;
        let endpoint = to(&collector);
        let house = House::open_with(|config| {
            endpoint(config);
            config.traces.accept_traceparent = accept;
        })
        .await;
        let janet = house.person("janet@contoso.example").await;
        let ask = |parent: String| {
            let mut request = janet.request("GET", paths::ME, None);
            let value = HeaderValue::from_str(&parent).unwrap();
            request.headers_mut().insert("traceparent", value);
            house.send(request)
        };
        assert_eq!(ask(theirs.to_owned()).await.status, StatusCode::OK);
        let spans = collector.wait_for(&["GET /v1/me"]).await;
        let root = spans.iter().find(|span| span.name == "GET /v1/me").unwrap();
        let is_joined = root.trace_id == "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(is_joined, accept);
        let parent = accept.then_some("00f067aa0ba902b7");
        assert_eq!(root.parent_span_id.as_deref(), parent);
        if accept {
            // Whoever began the trace does not record it.
            let before = spans.len();
            ask(theirs.replace("b7-01", "b7-00")).await;
            janet.get(&house, paths::KEYS).await;
            let spans = collector.wait_for(&["GET /v1/keys"]).await;
            let mine = spans[before..].iter().filter(|span| span.name == "GET /v1/me");
            assert_eq!(mine.count(), 0);
        }
    }
}

#[tokio::test]
async fn a_collector_that_is_gone_or_busy_harms_nobody() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let house = House::open_with(|config| {
        config.traces.endpoint = Some(format!("http://{free}"));
        config.server.metrics_listen = Some("127.0.0.1:0".parse().unwrap());
        config.limits.calls_per_account = clausa_server::config::LimitConfig::new(100_000, 1, 1);
    })
    .await;
    let janet = house.person("janet@contoso.example").await;
    // More than the queue holds: the rest is dropped and counted, and every request is answered.
    let watch = house.authority.metrics_addr().unwrap();
    let mut asked = 0;
    let dropped = loop {
        for _ in 0..200 {
            assert_eq!(janet.get(&house, paths::ME).await.status, StatusCode::OK);
        }
        asked += 200;
        let told = crate::metrics::sample(watch, "clausa_trace_spans_dropped_total").await;
        if told > 0.0 || asked > 10_000 {
            break told;
        }
    };
    assert!(dropped > 0.0, "{asked} requests, and nothing was dropped");
    assert_eq!(
        crate::metrics::sample(watch, "clausa_trace_spans_sent_total").await,
        0.0
    );
    let begun = Instant::now();
    house.authority.shutdown().await;
    assert!(begun.elapsed().as_secs() < 10);

    // One that is busy for a moment gets them later, and one that wants none is asked once.
    let collector = Collector::start().await;
    collector.answer_first(&[StatusCode::SERVICE_UNAVAILABLE]);
    let house = House::open_with(to(&collector)).await;
    let janet = house.person("janet@contoso.example").await;
    janet.get(&house, paths::ME).await;
    collector.wait_for(&["GET /v1/me"]).await;
    assert_eq!(collector.calls(), 2);
    collector.answer_first(&[StatusCode::BAD_REQUEST]);
    janet.get(&house, paths::ME).await;
    while collector.calls() < 3 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    janet.get(&house, paths::KEYS).await;
    let spans = collector.wait_for(&["GET /v1/keys"]).await;
    assert_eq!(spans.iter().filter(|span| span.name == "GET /v1/me").count(), 1);
}

#[tokio::test]
async fn what_is_left_is_sent_when_it_stops_and_every_so_many_th_is_traced() {
    let collector = Collector::start().await;
    let endpoint = to(&collector);
    let house = House::open_with(|config| {
        endpoint(config);
        config.traces.sample_one_in = 10;
    })
    .await;
    let janet = house.person("janet@contoso.example").await;
    for _ in 0..40 {
        janet.get(&house, paths::ME).await;
    }
    house.authority.shutdown().await;
    let spans = collector.wait_for(&["GET /v1/me"]).await;
    let roots = spans.iter().filter(|span| span.name == "GET /v1/me").count();
    assert!((3..=5).contains(&roots), "{roots} of 40");
}
