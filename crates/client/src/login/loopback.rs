//! The door on 127.0.0.1 through which the browser comes back. It understands one request and nothing else.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// An open door.
pub(super) struct Door {
    listener: TcpListener,
    port: u16,
}

/// What the browser came back with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Visit {
    /// The authorisation code, and who says it has issued it (RFC 9207).
    Code { code: String, issuer: Option<String> },
    /// The authority or the person refused.
    Refused { reason: String },
}

/// The path the browser comes back to.
const PATH: &str = "/signed-in";
/// A request line is shorter; what comes after it does not matter.
const MAX_REQUEST: usize = 8 << 10;
/// Whoever connects and says nothing is let go.
const READ_PATIENCE: Duration = Duration::from_secs(5);

const PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Clausa</title>\
<p>You can close this window and go back to where you began.</p></html>";

impl Door {
    pub(super) async fn open() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        Ok(Self { listener, port })
    }

    /// The redirect address.
    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}{PATH}", self.port)
    }

    /// Waits for a visit with this `state`. Anybody on this machine can knock; whoever does not know the state is
    /// sent away and changes nothing.
    pub(super) async fn wait_for(self, state: &str) -> io::Result<Visit> {
        loop {
            let (mut stream, _) = self.listener.accept().await?;
            let line = tokio::time::timeout(READ_PATIENCE, read_request_line(&mut stream)).await;
            let visit = line
                .ok()
                .and_then(Result::ok)
                .flatten()
                .and_then(|line| understand(&line, state));
            let status = if visit.is_some() {
                "200 OK"
            } else {
                "404 Not Found"
            };
            let body = if visit.is_some() { PAGE } else { "" };
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\
                 cache-control: no-store\r\nreferrer-policy: no-referrer\r\n\
                 content-security-policy: default-src 'none'\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            // The browser may have gone already; the code is here.
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
            if let Some(visit) = visit {
                return Ok(visit);
            }
        }
    }
}

async fn read_request_line(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut request = Vec::with_capacity(1 << 10);
    let mut buffer = [0; 1 << 10];
    while request.len() < MAX_REQUEST {
        let read = stream.read(&mut buffer).await?;
        request.extend_from_slice(&buffer[..read]);
        if let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") {
            let line = request[..end]
                .split(|byte| *byte == b'\r')
                .next()
                .unwrap_or_default();
            return Ok(String::from_utf8(line.to_vec()).ok());
        }
        if read == 0 {
            break;
        }
    }
    Ok(None)
}

/// Reads `GET /signed-in?code=…&state=… HTTP/1.1`.
fn understand(line: &str, state: &str) -> Option<Visit> {
    let target = line.strip_prefix("GET ")?.split(' ').next()?;
    let query = target.strip_prefix(PATH)?.strip_prefix('?')?;
    let value = |name: &str| {
        let mut values = url::form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
        let first = values.next().map(|(_, value)| value.into_owned());
        if values.next().is_some() { None } else { first }
    };
    if value("state").as_deref() != Some(state) {
        return None;
    }
    if let Some(error) = value("error") {
        let reason = value("error_description").unwrap_or(error);
        return Some(Visit::Refused {
            reason: reason.chars().filter(|c| !c.is_control()).take(200).collect(),
        });
    }
    Some(Visit::Code {
        code: value("code")?,
        issuer: value("iss"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_expected_request_is_understood() {
        let code = |code: &str, issuer: Option<&str>| Visit::Code {
            code: code.into(),
            issuer: issuer.map(str::to_owned),
        };
        let line = "GET /signed-in?code=a%2Bb&state=s1&iss=https%3A%2F%2Fa.example HTTP/1.1";
        assert_eq!(
            understand(line, "s1"),
            Some(code("a+b", Some("https://a.example")))
        );
        let refused = understand("GET /signed-in?error=access_denied&state=s1 HTTP/1.1", "s1");
        assert_eq!(
            refused,
            Some(Visit::Refused {
                reason: "access_denied".into()
            })
        );
        for line in [
            "",
            "POST /signed-in?code=a&state=s1 HTTP/1.1",
            "GET /signed-in?code=a&state=s2 HTTP/1.1",
            "GET /signed-in?code=a HTTP/1.1",
            "GET /signed-in?state=s1 HTTP/1.1",
            "GET /signed-in?code=a&code=b&state=s1 HTTP/1.1",
            "GET /signed-in?code=a&state=s1&state=s2 HTTP/1.1",
            "GET /favicon.ico HTTP/1.1",
        ] {
            assert_eq!(understand(line, "s1"), None, "{line}");
        }
    }

    #[tokio::test]
    async fn strangers_are_sent_away_and_the_browser_is_let_in() {
        let door = Door::open().await.unwrap();
        let (host, port) = ("127.0.0.1", door.port);
        let waiting = tokio::spawn(async move { door.wait_for("s1").await });
        let knock = async |line: &str| {
            let mut stream = TcpStream::connect((host, port)).await.unwrap();
            stream
                .write_all(format!("{line}\r\nhost: x\r\n\r\n").as_bytes())
                .await
                .unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            answer
        };
        assert!(
            knock("GET /signed-in?code=evil&state=guess HTTP/1.1")
                .await
                .starts_with("HTTP/1.1 404")
        );
        assert!(
            knock("GET /signed-in?code=good&state=s1 HTTP/1.1")
                .await
                .starts_with("HTTP/1.1 200")
        );
        let visit = waiting.await.unwrap().unwrap();
        assert_eq!(
            visit,
            Visit::Code {
                code: "good".into(),
                issuer: None
            }
        );
    }
}
