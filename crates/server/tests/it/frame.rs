//! What surrounds every request.

use axum::body::Body;
use axum::http::Request;
use clausa_api::service::ServiceDescription;
use clausa_api::{ProblemType, paths};

use crate::support::{Answer, House};

async fn get(house: &House, path: &str, host: &str) -> Answer {
    house
        .send(
            Request::builder()
                .uri(path)
                .header("host", host)
                .body(Body::empty())
                .unwrap(),
        )
        .await
}

fn own(house: &House) -> String {
    house.authority.origin().authority().to_owned()
}

#[tokio::test]
async fn the_service_describes_itself() {
    let house = House::open().await;
    let description: ServiceDescription = get(&house, paths::WELL_KNOWN, &own(&house)).await.json();
    assert_eq!(&description.origin, house.authority.origin());
    assert_eq!(description.roots.len(), 1);
    assert_eq!(description.roots[0].0.len(), 32);
    assert!(
        get(&house, paths::HEALTH_LIVE, "probe.local")
            .await
            .status
            .is_success()
    );
    assert!(
        get(&house, paths::HEALTH_READY, "probe.local")
            .await
            .status
            .is_success()
    );
}

#[tokio::test]
async fn another_host_name_is_refused() {
    // SEC-82
    let house = House::open().await;
    get(&house, paths::WELL_KNOWN, "evil.example")
        .await
        .refused(ProblemType::WrongHost);
    let mut request = Request::builder()
        .uri(paths::WELL_KNOWN)
        .header("host", "evil.example");
    request = request
        .header("x-forwarded-host", own(&house))
        .header("forwarded", format!("host={}", own(&house)));
    house
        .send(request.body(Body::empty()).unwrap())
        .await
        .refused(ProblemType::WrongHost);
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_document_too() {
    let house = House::open().await;
    get(&house, "/v1/nothing", &own(&house))
        .await
        .refused(ProblemType::NotFound);
    let request = Request::builder()
        .method("DELETE")
        .uri(paths::WELL_KNOWN)
        .header("host", own(&house));
    let answer = house.send(request.body(Body::empty()).unwrap()).await;
    answer.refused(ProblemType::MethodNotAllowed);
    assert_eq!(answer.headers["allow"], "GET,HEAD");
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let house = House::open().await;
    for answer in [
        get(&house, paths::WELL_KNOWN, &own(&house)).await,
        get(&house, "/no", &own(&house)).await,
    ] {
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers["referrer-policy"], "no-referrer");
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert!(
            answer.headers["content-security-policy"]
                .to_str()
                .unwrap()
                .contains("default-src 'none'")
        );
        assert_eq!(answer.headers["x-request-id"].len(), 32);
    }
}

#[tokio::test]
async fn bodies_are_read_strictly() {
    // SEC-101
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let post = |body: String| janet.request("POST", paths::LICENCES, Some(body));
    let good = |extra: &str| format!(r#"{{"publishing_licence":"AA","nonce":"AA","purpose":"open"{extra}}}"#);
    for (body, told) in [
        ("{".to_owned(), "not JSON"),
        (good(r#","colour":1"#), "unknown field"),
        (good(r#","nonce":"AA""#), "duplicate field"),
        (r#"{"nonce":"AA","purpose":"open"}"#.to_owned(), "missing field"),
        (good("").replace("open", "close"), "unknown variant"),
        (good("").replace("\"AA\"", "7"), "wrong kind"),
        (
            format!("{}{}", "[".repeat(17), "]".repeat(17)),
            "nested too deeply",
        ),
    ] {
        let problem = house
            .send(post(body.clone()))
            .await
            .refused(ProblemType::InvalidRequest);
        assert!(
            problem.detail.as_deref().unwrap().contains(told),
            "{body}: {problem:?}"
        );
    }
    let huge = good("").replacen("AA", &"A".repeat(2 * 1024 * 1024), 1);
    house.send(post(huge)).await.refused(ProblemType::TooLarge);
    let mut untyped = post(good(""));
    untyped
        .headers_mut()
        .insert("content-type", "text/plain".parse().unwrap());
    house
        .send(untyped)
        .await
        .refused(ProblemType::MediaTypeUnsupported);
    let mut typed = post(good(""));
    typed
        .headers_mut()
        .insert("content-type", "application/json; charset=utf-8".parse().unwrap());
    house.send(typed).await.refused(ProblemType::InvalidRequest);
}

#[tokio::test]
async fn a_panic_says_nothing_and_harms_nobody_else() {
    // SEC-103
    async fn panics() {
        panic!("the secret reason");
    }
    let mut house = House::open().await;
    house.add_route("/panic", axum::routing::get(panics));
    let answer = get(&house, "/panic", &own(&house)).await;
    assert_eq!(answer.refused(ProblemType::Internal).detail, None);
    assert!(!String::from_utf8_lossy(&answer.body).contains("secret"));
    assert!(
        get(&house, paths::WELL_KNOWN, &own(&house))
            .await
            .status
            .is_success()
    );
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_cut_off() {
    // SEC-105
    let mut house = House::open_with(|config| config.server.request_seconds = 1).await;
    house.add_route("/slow", axum::routing::get(std::future::pending::<()>));
    let answer = get(&house, "/slow", &own(&house)).await;
    answer.refused(ProblemType::Unavailable);
    assert_eq!(answer.headers["retry-after"], "1");
}

#[tokio::test]
async fn the_description_is_complete_json() {
    let house = House::open().await;
    let description: serde_json::Value = get(&house, paths::OPENAPI, &own(&house)).await.json();
    assert_eq!(description["info"]["title"], "Clausa authority");
    assert!(description["paths"][paths::LICENCES]["post"]["requestBody"].is_object());
    assert!(description["components"]["securitySchemes"]["dpop"].is_object());
    // Every reference leads somewhere.
    let text = description.to_string();
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(description["components"]["schemas"][name].is_object(), "{name}");
    }
}
