//! Every route and every role (`SEC-96`): the routes come from the router itself, the expectations from `matrix.tsv`.
//! A route without a row fails here.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{HeaderValue, Request};
use clausa_api::{Bytes, paths};
use clausa_server::config::LimitConfig;
use clausa_server::http::routes;
use serde_json::json;

use crate::support::{House, Person};

const MATRIX: &str = include_str!("matrix.tsv");

/// What the routes outside the API take.
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// Who asks, in the order of the columns.
const ROLES: [&str; 7] = [
    "anonymous",
    "no-proof",
    "owner",
    "colleague",
    "foreigner",
    "personal",
    "administrator",
];

struct Row {
    method: String,
    path: String,
    expected: Vec<String>,
}

fn rows() -> Vec<Row> {
    let mut lines = MATRIX
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    let header: Vec<_> = lines.next().unwrap().split('\t').collect();
    assert_eq!(header[..2], ["method", "path"]);
    assert_eq!(header[2..], ROLES);
    lines
        .map(|line| {
            let mut cells = line.split('\t').map(str::to_owned);
            let (method, path) = (cells.next().unwrap(), cells.next().unwrap());
            let expected: Vec<_> = cells.collect();
            assert_eq!(expected.len(), ROLES.len(), "{line}");
            Row {
                method,
                path,
                expected,
            }
        })
        .collect()
}

/// Every route that the router serves, with whether its description says that anybody may call it.
fn described() -> BTreeMap<(String, String), bool> {
    let description = serde_json::to_value(routes().into_openapi()).unwrap();
    let mut described = BTreeMap::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let is_public = operation["security"]
                .as_array()
                .is_some_and(|any| any.contains(&json!({})));
            described.insert((method.to_uppercase(), path.clone()), is_public);
        }
    }
    described
}

/// Every route that the router serves, pages included: its paths as it lists them, and for each path the methods
/// that it answers to another one.
async fn served(house: &House) -> Vec<(String, String)> {
    let router = format!("{:?}", routes().split_for_parts().0);
    let list = &router[router
        .find("paths: {")
        .expect("axum lists a router's paths in `Debug`")..];
    let mut served = Vec::new();
    for path in list
        .split('"')
        .skip(1)
        .step_by(2)
        .take_while(|path| path.starts_with('/'))
        // What axum answers where there is no route.
        .filter(|path| !path.contains("__private"))
    {
        let request = Request::builder()
            .method("PURGE")
            .uri(fill(path, "x"))
            .header("host", own(house));
        let answer = house.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 405, "{path}");
        let allowed = answer.headers["allow"].to_str().unwrap().to_owned();
        let methods = allowed.split(',').filter(|method| *method != "HEAD");
        served.extend(methods.map(|method| (method.to_owned(), path.to_owned())));
    }
    served.sort();
    served.dedup();
    served
}

fn own(house: &House) -> String {
    house.authority.origin().authority().to_owned()
}

#[tokio::test]
async fn every_route_has_a_row_and_every_row_a_route() {
    let house = House::open().await;
    let mut rows: Vec<_> = rows().into_iter().map(|row| (row.method, row.path)).collect();
    rows.sort();
    let served = served(&house).await;
    assert_eq!(rows, served);
    assert!(
        described().keys().all(|route| served.contains(route)),
        "what is described is served"
    );
}

#[test]
fn the_description_says_which_routes_are_public() {
    let described = described();
    for row in rows() {
        // The API's description does not list the pages, which are for browsers.
        let Some(&is_public) = described.get(&(row.method.clone(), row.path.clone())) else {
            assert!(
                !row.path.starts_with("/v1/"),
                "{} {} is described",
                row.method,
                row.path
            );
            continue;
        };
        // A token request needs a proof of possession and nobody signed in: it is refused to all of them.
        let refuses = row.expected[..2] == ["401", "401"] && row.expected[2] != "401";
        assert_eq!(
            refuses, !is_public,
            "{} {}: the security of its description",
            row.method, row.path
        );
    }
}

#[test]
fn every_route_describes_its_answers() {
    let description = serde_json::to_value(routes().into_openapi()).unwrap();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(
                operation["summary"].is_string() || operation["description"].is_string(),
                "{method} {path}"
            );
            let responses = operation["responses"].as_object().unwrap();
            assert!(
                responses
                    .keys()
                    .any(|status| status.starts_with('2') || status.starts_with('3')),
                "{method} {path}"
            );
            for (status, response) in responses.iter().filter(|(status, _)| status.starts_with('4')) {
                let content = response["content"]
                    .as_object()
                    .unwrap_or_else(|| panic!("{method} {path} {status}"));
                let is_told =
                    content.contains_key("application/problem+json") || content.contains_key("text/html");
                assert!(is_told, "{method} {path} {status}: {content:?}");
            }
        }
    }
}

#[tokio::test]
async fn every_role_gets_what_the_matrix_says() {
    let house = House::open_with(|config| {
        config.limits.calls_per_account = LimitConfig::new(10_000, 10_000, 60);
        config.limits.publish_per_account = LimitConfig::new(10_000, 10_000, 60);
    })
    .await;
    let owner = house.person("janet@contoso.example").await;
    let colleague = house.person("sam@contoso.example").await;
    let foreigner = house.person("p.dover@fabrikam.example").await;
    let personal = house.personal("reader@mail.example").await;
    let administrator = house.person("it@litware.example").await;
    house.administrate(&administrator).await;
    let mut wrong = Vec::new();
    for row in rows() {
        for (role, expected) in ROLES.iter().zip(&row.expected) {
            // Each cell has a file of its own, so that no cell changes what another one sees.
            let file = owner.publish(&house, &owner.policy(&[])).await;
            owner
                .register(&house, &file, None)
                .await
                .json::<serde_json::Value>();
            // Whoever removes his device is signed out, so it is somebody else's each time.
            let leaver = match row.path.contains("{thumbprint}") {
                true => Some(house.person(&format!("leaver-{role}@contoso.example")).await),
                false => None,
            };
            let (owner, value) = match &leaver {
                Some(leaver) => (leaver, leaver.device().to_string()),
                None => (&owner, file.content.to_string()),
            };
            let path = fill(&row.path, &value);
            let body = body(&row, &file.licence, owner);
            let mut request = match *role {
                "anonymous" => anonymous(owner, &row.method, &path, body),
                "no-proof" => owner.request_with(&row.method, &path, None, body),
                "owner" => owner.request(&row.method, &path, body),
                "colleague" => colleague.request(&row.method, &path, body),
                "foreigner" => foreigner.request(&row.method, &path, body),
                "administrator" => administrator.request(&row.method, &path, body),
                _ => personal.request(&row.method, &path, body),
            };
            if !row.path.starts_with("/v1/") {
                request.headers_mut().insert("content-type", FORM);
            }
            let status = house.send(request).await.status.as_u16().to_string();
            if status != *expected {
                wrong.push(format!(
                    "{} {} as {role}: {status}, not {expected}",
                    row.method, row.path
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn anonymous(someone: &Person, method: &str, path: &str, body: Option<String>) -> Request<Body> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", someone.origin.authority());
    match body {
        Some(body) => request
            .header("content-type", "application/json")
            .body(Body::from(body))
            .unwrap(),
        None => request.body(Body::empty()).unwrap(),
    }
}

fn fill(path: &str, value: &str) -> String {
    paths::fill(path, value)
}

/// A body that is in order where the role decides, and `{}` where the body's own faults come first.
fn body(row: &Row, licence: &[u8], owner: &Person) -> Option<String> {
    let licence = Bytes(licence.to_vec()).to_text();
    let body = match (row.method.as_str(), row.path.as_str()) {
        ("GET" | "DELETE", _) => return None,
        (_, paths::CONTENTS) => json!({"publishing_licence": licence}),
        // The call is open to whoever publishes; each file is refused for itself (content.rs).
        (_, paths::CONTENTS_BATCH) => json!({"contents": [{"publishing_licence": licence}]}),
        (_, paths::LICENCES) => {
            json!({"publishing_licence": licence, "nonce": Bytes(vec![1; 16]), "purpose": "open"})
        }
        // Open to whoever has a device; each file is refused for itself (licences.rs).
        (_, paths::LICENCES_BATCH) => {
            let one = json!({"publishing_licence": licence, "nonce": Bytes(vec![1; 16]), "purpose": "open"});
            json!({"licences": [one]})
        }
        (_, paths::DEVICES) => {
            let key = Bytes(owner.decryption.public().as_bytes().to_vec());
            json!({"decryption_key": key, "name": "test", "platform": "test", "keystore": "file"})
        }
        (_, path) if path.starts_with("/v1/") => json!({}),
        _ => return Some(String::new()),
    };
    Some(body.to_string())
}
