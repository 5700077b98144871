//! What the authority tells those who watch it, read from its own listener as they read it.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use clausa_api::licence::LicencePurpose;
use clausa_api::paths;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::House;

async fn get(address: std::net::SocketAddr, path: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: watcher\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// Name with labels, and value, of each sample; the format of OpenMetrics 1.0 is checked on the way.
fn parse(answer: &str) -> BTreeMap<String, f64> {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(
        head.contains("application/openmetrics-text; version=1.0.0"),
        "{head}"
    );
    assert!(body.ends_with("# EOF\n"), "{body}");
    let mut samples = BTreeMap::new();
    let mut kinds = BTreeMap::new();
    for line in body.lines() {
        if let Some(told) = line.strip_prefix("# TYPE ") {
            let (name, kind) = told.split_once(' ').unwrap();
            assert!(kinds.insert(name, kind).is_none(), "{name} twice");
        } else if !line.starts_with('#') {
            let (name, value) = line.rsplit_once(' ').unwrap();
            let bare = name.split('{').next().unwrap();
            assert!(
                kinds.keys().any(|kind| bare.starts_with(kind)) && bare.starts_with("clausa_"),
                "{line}"
            );
            assert!(
                samples.insert(name.to_owned(), value.parse().unwrap()).is_none(),
                "{name} twice"
            );
        }
    }
    samples
}

/// One number, as it stands now.
pub async fn sample(address: std::net::SocketAddr, name: &str) -> f64 {
    parse(&get(address, "/metrics").await)[name]
}

#[tokio::test]
async fn requests_licences_and_the_store_are_counted() {
    let house = House::open_with(|config| {
        config.server.metrics_listen = Some("127.0.0.1:0".parse().unwrap());
    })
    .await;
    let address = house.authority.metrics_addr().unwrap();
    let janet = house.person("janet@contoso.example").await;
    let john = house.person("john@contoso.example").await;
    let eve = house.person("eve@tailspin.example").await;
    let file = janet
        .publish(&house, &janet.policy(&[("john@contoso.example", "VIEW")]))
        .await;
    janet.register(&house, &file, Some("secret-plan.pdf")).await;
    for (person, status) in [(&john, 200), (&john, 200), (&eve, 403)] {
        let answer = person.ask(&house, &file, LicencePurpose::Open).await;
        assert_eq!(answer.status.as_u16(), status);
    }
    let unknown = janet.get(&house, "/v1/no/such/secret-plan.pdf").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);

    let answer = get(address, "/metrics").await;
    let samples = parse(&answer);
    let count = |name: &str| {
        samples
            .get(name)
            .copied()
            .unwrap_or_else(|| panic!("no {name}: {samples:#?}"))
    };
    let route = paths::LICENCES;
    assert_eq!(count("clausa_licences_total{outcome=\"issued\"}"), 2.0);
    assert_eq!(count("clausa_licences_total{outcome=\"not-named\"}"), 1.0);
    let requests = |status| {
        count(&format!(
            "clausa_requests_total{{method=\"POST\",route=\"{route}\",status=\"{status}\"}}"
        ))
    };
    assert_eq!((requests("2xx"), requests("4xx")), (2.0, 1.0));
    assert_eq!(
        count("clausa_requests_total{method=\"GET\",route=\"none\",status=\"4xx\"}"),
        1.0
    );
    let took = |what: &str| format!("clausa_request_seconds_{what}{{method=\"POST\",route=\"{route}\"}}");
    assert_eq!(count(&took("count")), 3.0);
    assert!(count(&took("sum")) > 0.0);
    let bucket = format!("clausa_request_seconds_bucket{{le=\"+Inf\",method=\"POST\",route=\"{route}\"}}");
    assert_eq!(count(&bucket), 3.0);
    let store = house.authority.store().statistics();
    assert_eq!(count("clausa_transactions_total"), store.transactions as f64);
    assert_eq!(count("clausa_commits_total"), store.commits as f64);
    assert_eq!(count("clausa_transactions_waiting"), 0.0);
    assert_eq!(count("clausa_mails_waiting"), 0.0);
    assert_eq!(count("clausa_database_up"), 1.0);
    assert_eq!(
        count("clausa_connections"),
        0.0,
        "those who watch are not counted"
    );
    assert!(
        samples
            .keys()
            .any(|name| name.starts_with("clausa_build_info{version=\""))
    );

    // SEC-152
    let ids = [
        john.account.to_string(),
        john.tenant.to_string(),
        john.device().to_string(),
        file.content.to_string(),
    ];
    let personal = [
        "janet",
        "john",
        "eve",
        "contoso",
        "tailspin",
        "secret",
        "127.0.0.1",
    ];
    for told in personal.into_iter().chain(ids.iter().map(String::as_str)) {
        assert!(!answer.contains(told), "{told} is told: {answer}");
    }
    house.authority.shutdown().await;
}

#[tokio::test]
async fn metrics_are_told_on_their_own_listener_only() {
    let house = House::open_with(|config| {
        config.server.metrics_listen = Some("127.0.0.1:0".parse().unwrap());
    })
    .await;
    let own = house.authority.origin().authority().to_owned();
    let request = axum::http::Request::get("/metrics").header("host", own);
    let answer = house.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let address = house.authority.metrics_addr().unwrap();
    for path in [paths::WELL_KNOWN, paths::HEALTH_LIVE, "/"] {
        assert!(get(address, path).await.starts_with("HTTP/1.1 404"), "{path}");
    }
    house.authority.shutdown().await;
    assert!(
        tokio::net::TcpStream::connect(address).await.is_err(),
        "it stops with the authority"
    );
    assert_eq!(
        House::open().await.authority.metrics_addr(),
        None,
        "off unless asked for"
    );
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_told() {
    let house = House::open_with(|config| {
        config.server.metrics_listen = Some("127.0.0.1:0".parse().unwrap());
    })
    .await;
    house.authority.store().close().await;
    let samples = parse(&get(house.authority.metrics_addr().unwrap(), "/metrics").await);
    assert_eq!(samples["clausa_database_up"], 0.0);
    house.authority.shutdown().await;
}
