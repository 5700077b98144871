//! What surrounds every request: id, host check, time limit, overload, panic boundary, security headers, problems.

use std::any::Any;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use clausa_api::{ProblemType, paths};
use clausa_core::random::Randomness;
use tracing::Instrument as _;

use super::context;
use super::problem::{self, ApiError};
use crate::metrics;
use crate::request::{RequestContext, network_of};
use crate::state::AppState;
use crate::texts::Language;
use crate::traces::{self, Kind, Parent, Span, Trace};

/// Name of the answer header with the request's id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Policy of every answer that a browser might render: nothing may be loaded, framed or sent. Pages bring their own.
const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const FIXED_HEADERS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-embedder-policy"),
        "require-corp",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=()",
    ),
];

/// The outermost layer.
pub(super) async fn frame(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let id = match request_id(&state) {
        Ok(id) => id,
        Err(error) => return problem::render(error.into_response(), ""),
    };
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(address)| {
            address.ip()
        });
    let context = RequestContext {
        id: id.clone(),
        client_ip: context::client_ip(peer, request.headers(), &state.config().server.trusted_proxies),
        client_info: context::client_info(request.headers()),
        language: Language::of_request(request.uri().query(), request.headers()),
    };
    let network = network_of(context.client_ip);
    request.extensions_mut().insert(context);
    // The layer around the pages has no state of its own.
    request.extensions_mut().insert(state.clone());
    let span = tracing::info_span!("request", id = %id, method = %request.method());
    let (method, version) = (request.method().clone(), request.version());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let begun = Instant::now();
    let (trace, mut root) = traced(&state, &request, &id, route.clone());
    let answer = answer(&state, network, request, next).instrument(span.clone());
    let response = traces::within(trace, answer).await;
    let mut response = span.in_scope(|| problem::render(response, &id));
    if let Some(root) = &mut root {
        root.note("http.response.status_code", response.status().as_u16());
        if response.status().is_server_error() {
            root.failed();
        }
    }
    drop(root);
    let route = route.as_ref().map(MatchedPath::as_str);
    state
        .metrics()
        .answered(&method, route, response.status(), begun.elapsed());
    add_headers(response.headers_mut(), &id, state.origin().is_https());
    // HTTP/2 has a message of its own for that, which is sent when connections end.
    if state.is_stopping() && version <= Version::HTTP_11 {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    response
}

/// Turns a panic into an answer that says nothing of it (`SEC-103`).
pub(super) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    ApiError::new(ProblemType::Internal).into_response()
}

async fn answer(state: &AppState, network: IpAddr, request: Request, next: Next) -> Response {
    if !is_health(request.uri()) && !is_own_host(&request, state.origin().authority()) {
        return ApiError::new(ProblemType::WrongHost)
            .detail(format!("use {}", state.origin()))
            .into_response();
    }
    let Some(_running) = state.try_enter(network) else {
        return ApiError::unavailable(1).into_response();
    };
    let path = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned());
    let limit = Duration::from_secs(state.config().server.request_seconds.into());
    let response = match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::unavailable(1).into_response(),
    };
    tracing::info!(path, status = response.status().as_u16(), "answered");
    response
}

/// The trace of a request, if somebody wants it, and its outermost span. Probes are not worth one.
fn traced(
    state: &AppState,
    request: &Request,
    id: &str,
    route: Option<MatchedPath>,
) -> (Option<Trace>, Option<Span>) {
    if is_health(request.uri()) {
        return (None, None);
    }
    let parent = state
        .config()
        .traces
        .accept_traceparent
        .then(|| Parent::of(request.headers()))
        .flatten();
    let method = metrics::name_of(request.method());
    let id = u128::from_str_radix(id, 16).ok();
    let Some((trace, root)) = state.traces().begin(state, method, id, parent) else {
        return (None, None);
    };
    let mut root = root.kind(Kind::Server);
    root.note("http.request.method", method);
    if let Some(route) = route {
        root.note("http.route", route);
    }
    (Some(trace), Some(root))
}

fn request_id(state: &AppState) -> Result<String, ApiError> {
    let mut id = [0; 16];
    state.randomness().fill(&mut id)?;
    Ok(format!("{:032x}", u128::from_be_bytes(id)))
}

/// A probe asks the process, not the name it serves under.
fn is_health(uri: &Uri) -> bool {
    matches!(uri.path(), paths::HEALTH_LIVE | paths::HEALTH_READY)
}

/// HTTP/2 carries the name in the target, HTTP/1.1 in `Host`; both, if both are there, must be ours (`SEC-82`).
fn is_own_host(request: &Request, own: &str) -> bool {
    let host = request.headers().get(header::HOST).map(HeaderValue::as_bytes);
    let target = request
        .uri()
        .authority()
        .map(|authority| authority.as_str().as_bytes());
    let is_own = |name: &[u8]| name.eq_ignore_ascii_case(own.as_bytes());
    (host.is_some() || target.is_some())
        && host.is_none_or(is_own)
        && target.is_none_or(is_own)
        && request.headers().get_all(header::HOST).iter().count() <= 1
}

fn add_headers(headers: &mut HeaderMap, id: &str, https: bool) {
    for (name, value) in FIXED_HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let policy = HeaderValue::from_static(CONTENT_SECURITY_POLICY);
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    if https {
        let years = HeaderValue::from_static("max-age=63072000; includeSubDomains; preload");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, years);
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::extract::Request;

    use super::is_own_host;

    fn request(uri: &str, hosts: &[&str]) -> Request {
        let mut request = Request::builder().uri(uri);
        for host in hosts {
            request = request.header("host", *host);
        }
        request.body(Body::empty()).unwrap()
    }

    #[test]
    fn only_the_own_name_is_served() {
        // SEC-82
        let own = "rights.contoso.example";
        assert!(is_own_host(&request("/", &[own]), own));
        assert!(is_own_host(&request("/", &["Rights.Contoso.example"]), own));
        assert!(is_own_host(&request("https://rights.contoso.example/", &[]), own));
        assert!(!is_own_host(&request("/", &["rights.contoso.example:8443"]), own));
        assert!(!is_own_host(&request("/", &["evil.example"]), own));
        assert!(!is_own_host(
            &request("https://rights.contoso.example/", &["evil.example"]),
            own
        ));
        assert!(!is_own_host(&request("/", &[own, "evil.example"]), own));
        assert!(!is_own_host(&request("/", &[]), own));
    }
}
