//! docs/authorisation-matrix.md against the authority that is really served.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::path::Path;

use clausa_testkit::TestAuthority;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// SEC-96: a route without a row fails, and so does a row without a route.
#[test]
fn the_matrix_lists_exactly_the_routes_of_the_interface() {
    let (_, description) = clausa_server::http::routes().split_for_parts();
    let description: Value = serde_json::from_str(&description.to_json().unwrap()).unwrap();
    let served: BTreeSet<(String, String)> = description["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            methods
                .as_object()
                .unwrap()
                .keys()
                .map(|method| (method.to_uppercase(), path.clone()))
        })
        .collect();
    let listed: BTreeSet<(String, String)> = rows("Interface")
        .into_iter()
        .map(|row| (row.method, row.path))
        .collect();
    assert_eq!(listed, served);
}

/// Pages are not in the interface's description, so their rows are held against the source.
#[test]
fn the_matrix_lists_every_page() {
    let folder = root().join("crates/server/src/pages");
    let mut source = String::new();
    gather(&folder, &mut source);
    let listed: BTreeSet<String> = rows("Pages").into_iter().map(|row| row.path).collect();
    let routes = source.matches(".route(").count();
    assert_eq!(
        routes,
        listed.len(),
        "each page's path has one `.route(…)` and one path in the matrix"
    );
    for path in &listed {
        let known = source.contains(&format!("\"{path}\"")) || path == clausa_api::paths::AUTHORIZE;
        assert!(known, "{path} is in the matrix but not in the pages");
    }
}

/// SEC-95, SEC-97: what needs a caller refuses somebody without credentials, whatever else is wrong with the request.
#[tokio::test]
async fn nobody_without_credentials_gets_past_the_column_caller() {
    let authority = TestAuthority::start().await;
    let host = authority.origin().authority().to_owned();
    for row in rows("Interface") {
        let path = row
            .path
            .replace("{id}", &"0".repeat(32))
            .replace("{*tile}", "0/000")
            .replace("{*bundle}", "000")
            .replace("{thumbprint}", &"0".repeat(64));
        let status = call(&host, &row.method, &path).await;
        match row.caller.as_str() {
            "signed in" | "device" | "proof" => assert_eq!(status, 401, "{} {path}", row.method),
            "anybody" => assert!(
                status != 401 && status < 500,
                "{} {path} answered {status}",
                row.method
            ),
            other => panic!("the column caller says {other}"),
        }
    }
    for row in rows("Pages") {
        for method in row.method.split(", ") {
            let status = call(&host, method, &row.path).await;
            let refused = method == "POST" && status >= 400;
            // What a name stands for may not be there.
            let is_named = row.path.contains('{');
            assert!(
                (is_named || status != 404) && status < 500,
                "{method} {} answered {status}",
                row.path
            );
            assert!(
                method == "GET" || refused,
                "{method} {} was done for nobody: {status}",
                row.path
            );
        }
    }
}

struct Row {
    method: String,
    path: String,
    caller: String,
}

/// The rows of the table below a heading.
fn rows(heading: &str) -> Vec<Row> {
    let text = std::fs::read_to_string(root().join("docs/authorisation-matrix.md")).unwrap();
    let section = text
        .split(&format!("## {heading}\n"))
        .nth(1)
        .expect("the heading is there");
    let section = section.split("\n## ").next().unwrap();
    let table = section
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains('`'));
    let rows: Vec<Row> = table
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            Row {
                method: cells[0].to_owned(),
                path: cells[1].trim_matches('`').to_owned(),
                caller: cells[2].to_owned(),
            }
        })
        .collect();
    assert!(!rows.is_empty());
    rows
}

/// One request without credentials and with an empty JSON object; the status of the answer.
async fn call(host: &str, method: &str, path: &str) -> u16 {
    let mut stream = TcpStream::connect(host).await.unwrap();
    let body = if method == "GET" { "" } else { "{}" };
    let kind = if path.starts_with("/oauth") || path.starts_with("/signup") {
        "application/x-www-form-urlencoded"
    } else {
        "application/json"
    };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: {kind}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer);
    answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .expect("a status line")
}

fn gather(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, text);
        } else {
            text.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
