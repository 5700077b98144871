//! A browser: it keeps cookies, says where its forms come from, and reads pages.

use axum::body::Body;
use axum::http::Request;

use super::support::{Desk, encode};
use crate::support::Answer;

pub struct Browser<'d> {
    desk: &'d Desk,
    cookie: Option<String>,
}

impl<'d> Browser<'d> {
    pub fn new(desk: &'d Desk) -> Self {
        Self { desk, cookie: None }
    }

    pub fn cookie(&self) -> Option<String> {
        self.cookie.clone()
    }

    pub fn take_cookie(&mut self, cookie: Option<String>) {
        self.cookie = cookie;
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        let request = self.request("GET", path).body(Body::empty()).unwrap();
        self.send(request).await
    }

    /// Sends a form of the page `from`, with its token.
    pub async fn submit(&mut self, from: &Answer, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = form_token(from);
        let mut all = vec![("form_token", token.as_str())];
        all.extend_from_slice(fields);
        self.submit_raw(path, &all, &self.desk.origin()).await
    }

    pub async fn submit_raw(&mut self, path: &str, fields: &[(&str, &str)], origin: &str) -> Answer {
        let request = self
            .request("POST", path)
            .header("origin", origin)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(encode(fields)))
            .unwrap();
        self.send(request).await
    }

    /// Follows a redirect to one of our own pages.
    pub async fn follow(&mut self, answer: &Answer) -> Answer {
        let location = location(answer);
        assert!(location.starts_with('/'), "{location}");
        self.get(&location).await
    }

    fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", self.desk.host());
        match &self.cookie {
            Some(cookie) => request.header("cookie", format!("theme=dark; {cookie}")),
            None => request,
        }
    }

    async fn send(&mut self, request: Request<Body>) -> Answer {
        let answer = self.desk.send(request).await;
        if let Some(set) = answer.headers.get("set-cookie") {
            let set = set.to_str().unwrap();
            assert!(
                set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.contains("Path=/"),
                "{set}"
            );
            self.cookie = set.split(';').next().map(str::to_owned);
        }
        answer
    }
}

#[track_caller]
pub fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", text(answer));
    answer.headers["location"].to_str().unwrap().to_owned()
}

pub fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

#[track_caller]
pub fn field(answer: &Answer, name: &str) -> String {
    let text = text(answer);
    let marker = format!("name=\"{name}\" value=\"");
    let start = text
        .find(&marker)
        .unwrap_or_else(|| panic!("no field {name} in {text}"))
        + marker.len();
    text[start..].split('"').next().unwrap().to_owned()
}

#[track_caller]
fn form_token(answer: &Answer) -> String {
    field(answer, "form_token")
}
