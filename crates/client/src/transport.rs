//! Calls to one authority: over TLS, without redirects, in bounded time, with a proof of possession.
//!
//! A [`Transport`] belongs to one origin and can talk to no other, so a token can go nowhere else (SEC-52).

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use clausa_api::{Problem, ProblemType, dpop, problem};
use clausa_core::origin::Origin;
use clausa_core::time::{Clock, Timestamp};
use reqwest::header::{
    ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, USER_AGENT,
};
use reqwest::{Method, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::error::{ProfileError, RequestError};
use crate::secrets::DeviceKeys;

pub(crate) use download::Write;

mod download;
mod http_date;
mod proof;

/// One authority's connection pool. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Transport {
    origin: Origin,
    http: reqwest::Client,
    client_info: String,
    clock: Arc<dyn Clock>,
    /// Seconds to add to this machine's clock in proofs, learnt from the authority when it finds one too old or new.
    skew_seconds: Arc<AtomicI64>,
    tries: u32,
}

pub(crate) struct TransportOptions {
    pub(crate) client_info: String,
    pub(crate) tls_roots: Option<PathBuf>,
    pub(crate) language: Option<String>,
    pub(crate) clock: Arc<dyn Clock>,
    /// How often an idempotent call is made at most.
    pub(crate) tries: u32,
}

/// What a call carries to show who calls.
#[derive(Clone, Copy)]
pub(crate) enum Credentials<'a> {
    /// Nothing.
    None,
    /// A proof by the device's key alone: for token requests.
    Key(&'a DeviceKeys),
    /// An access token and a proof by the key it is bound to.
    Token(&'a DeviceKeys, &'a str),
}

/// One call.
pub(crate) struct Call {
    method: Method,
    path: String,
    query: String,
    body: Body,
    /// Doing it twice does no more than doing it once, so it may be tried again.
    idempotent: bool,
    patience: Duration,
}

enum Body {
    Empty,
    Json(Zeroizing<Vec<u8>>),
    Form(Zeroizing<String>),
}

/// How long to wait for a connection: without a network this is what a person waits for.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait for an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// The pause before the second try; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// A longer pause than this is the person's to wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// No answer of the contract is larger; a page of the log is the largest.
const MAX_ANSWER_LENGTH: usize = 8 << 20;

impl Call {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            query: String::new(),
            body: Body::Empty,
            idempotent: true,
            patience: PATIENCE,
        }
    }

    pub(crate) fn delete(path: impl Into<String>) -> Self {
        Self {
            method: Method::DELETE,
            ..Self::get(path)
        }
    }

    /// A call with a JSON body. It is not tried again unless it is [`idempotent`](Self::idempotent).
    pub(crate) fn post(path: impl Into<String>, body: &impl Serialize) -> Result<Self, RequestError> {
        let body = serde_json::to_vec(body).map_err(internal)?;
        let body = Body::Json(Zeroizing::new(body));
        Ok(Self {
            method: Method::POST,
            body,
            idempotent: false,
            ..Self::get(path)
        })
    }

    /// A call that changes what its JSON body names; twice is the same as once.
    pub(crate) fn patch(path: impl Into<String>, body: &impl Serialize) -> Result<Self, RequestError> {
        let method = Method::PATCH;
        Ok(Self {
            method,
            idempotent: true,
            ..Self::post(path, body)?
        })
    }

    /// A call that puts a JSON body into its place; twice is the same as once.
    pub(crate) fn put(path: impl Into<String>, body: &impl Serialize) -> Result<Self, RequestError> {
        let method = Method::PUT;
        Ok(Self {
            method,
            idempotent: true,
            ..Self::post(path, body)?
        })
    }

    /// A call with a form.
    pub(crate) fn form(path: impl Into<String>, fields: &[(&str, &str)]) -> Self {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        let body = Body::Form(Zeroizing::new(form.finish()));
        Self {
            method: Method::POST,
            body,
            idempotent: false,
            ..Self::get(path)
        }
    }

    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        let mut query = url::form_urlencoded::Serializer::new(self.query);
        query.append_pair(name, value);
        self.query = query.finish();
        self
    }

    /// Doing it twice does no more than doing it once.
    pub(crate) fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// Waits less, or longer, than usual.
    pub(crate) fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }
}

impl Transport {
    pub(crate) fn new(origin: Origin, options: TransportOptions) -> Result<Self, RequestError> {
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_PATIENCE)
            .timeout(PATIENCE)
            .https_only(origin.is_https());
        if origin.is_loopback() {
            // What is meant for this machine must not leave it through a proxy.
            builder = builder.no_proxy();
        }
        if let Some(language) = options.language.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
            builder = builder.default_headers(HeaderMap::from_iter([(ACCEPT_LANGUAGE, language)]));
        }
        if let Some(path) = options.tls_roots {
            for certificate in read_tls_roots(&path)? {
                builder = builder.add_root_certificate(certificate);
            }
        }
        Ok(Self {
            http: builder.build().map_err(internal)?,
            origin,
            client_info: options.client_info,
            clock: options.clock,
            skew_seconds: Arc::default(),
            tries: options.tries,
        })
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Makes a call and reads a JSON answer.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        call: &Call,
        credentials: Credentials<'_>,
    ) -> Result<T, RequestError> {
        let answer = self.exchange(call, credentials).await?;
        serde_json::from_slice(&answer)
            .map_err(|error| self.bad_answer(format!("it cannot be read ({error})")))
    }

    /// Makes a call whose answer has nothing to say.
    pub(crate) async fn call_for_nothing(
        &self,
        call: &Call,
        credentials: Credentials<'_>,
    ) -> Result<(), RequestError> {
        self.exchange(call, credentials).await.map(drop)
    }

    /// Makes a call whose answer is not JSON.
    pub(crate) async fn call_for_bytes(
        &self,
        call: &Call,
        credentials: Credentials<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, RequestError> {
        self.exchange(call, credentials).await
    }

    /// Tries a call, again when that may help, and gives back the body of a success.
    async fn exchange(
        &self,
        call: &Call,
        credentials: Credentials<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, RequestError> {
        let mut pause = FIRST_PAUSE;
        let mut clock_was_set = false;
        let mut tries = 1;
        let mut was_there = false;
        loop {
            let error = match self.exchange_once(call, credentials).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if let Some(skew) = error.skew.filter(|_| !clock_was_set) {
                // The proof was refused before anything was done, so every call may be tried again.
                self.skew_seconds.store(skew, Ordering::Relaxed);
                clock_was_set = true;
                continue;
            }
            was_there |= error.error.came_from_there();
            let may_again = call.idempotent && tries < self.tries;
            let Some(wait) = error.wait(pause, was_there).filter(|_| may_again) else {
                return Err(error.error);
            };
            tracing::debug!(origin = %self.origin, path = call.path, tries, "trying again");
            tokio::time::sleep(wait).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            tries += 1;
        }
    }

    async fn exchange_once(
        &self,
        call: &Call,
        credentials: Credentials<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let response = self.request_once(call, credentials).await?;
        self.read(response, call.patience).await
    }

    async fn request_once(&self, call: &Call, credentials: Credentials<'_>) -> Result<Response, Failure> {
        let url = format!("{}{}", self.origin, call.path);
        let mut request = self
            .http
            .request(
                call.method.clone(),
                if call.query.is_empty() {
                    url.clone()
                } else {
                    format!("{url}?{}", call.query)
                },
            )
            .timeout(call.patience)
            .header(USER_AGENT, &self.client_info);
        request = match &call.body {
            Body::Empty => request,
            Body::Json(body) => request
                .header(CONTENT_TYPE, "application/json")
                .body(body.to_vec()),
            Body::Form(body) => request
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(body.as_bytes().to_vec()),
        };
        let now = self.now_for_proofs();
        request = match credentials {
            Credentials::None => request,
            Credentials::Key(keys) => request.header(
                dpop::HEADER,
                proof::sign(keys, call.method.as_str(), &url, None, now)?,
            ),
            Credentials::Token(keys, token) => request.header(AUTHORIZATION, format!("DPoP {token}")).header(
                dpop::HEADER,
                proof::sign(keys, call.method.as_str(), &url, Some(token), now)?,
            ),
        };
        request
            .send()
            .await
            .map_err(|error| self.no_answer(error, call.patience))
    }

    async fn read(&self, mut response: Response, patience: Duration) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let status = response.status();
        if status.is_redirection() {
            return Err(RequestError::Redirected {
                origin: self.origin.clone(),
            }
            .into());
        }
        let headers = std::mem::take(response.headers_mut());
        let mut body = Zeroizing::new(Vec::new());
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.no_answer(error, patience))?
        {
            if body.len() + chunk.len() > MAX_ANSWER_LENGTH {
                return Err(self
                    .bad_answer("it is longer than any answer may be".to_owned())
                    .into());
            }
            body.extend_from_slice(&chunk);
        }
        if status.is_success() {
            Ok(body)
        } else {
            Err(self.refusal(status, &headers, &body))
        }
    }

    fn refusal(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Failure {
        let is_problem = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.starts_with(problem::MEDIA_TYPE));
        let problem = is_problem
            .then(|| serde_json::from_slice::<Problem>(body).ok())
            .flatten();
        let Some(problem) = problem else {
            // Whatever stands before the authority may be overloaded too.
            if matches!(status.as_u16(), 429 | 502 | 503 | 504) {
                let problem = Problem::new(ProblemType::Unavailable);
                return self.refused(problem).into();
            }
            return self
                .bad_answer(format!("status {status} without a problem document"))
                .into();
        };
        let skew = (problem.problem_type() == Some(ProblemType::ProofInvalid))
            .then(|| self.skew_against(problem.at, headers))
            .flatten();
        Failure {
            error: self.refused(problem),
            skew,
        }
    }

    /// How far the authority's clock is from this machine's, when that explains a refused proof.
    fn skew_against(&self, at: Option<u64>, headers: &HeaderMap) -> Option<i64> {
        let dated = || headers.get(DATE)?.to_str().ok().and_then(http_date::parse);
        let theirs = at.map(Timestamp::from_seconds).or_else(dated)?;
        let ours = self.now_for_proofs();
        // A proof is good for a minute either way; half of that is no explanation.
        let explains =
            theirs.seconds_since(ours).max(ours.seconds_since(theirs)) > dpop::MAX_SKEW_SECONDS / 2;
        let theirs = i64::try_from(theirs.seconds()).ok()?;
        let clock = i64::try_from(self.clock.now().seconds()).ok()?;
        explains.then(|| theirs - clock)
    }

    fn now_for_proofs(&self) -> Timestamp {
        let skew = self.skew_seconds.load(Ordering::Relaxed);
        Timestamp::from_seconds(self.clock.now().seconds().saturating_add_signed(skew))
    }

    pub(crate) fn refused(&self, problem: Problem) -> RequestError {
        RequestError::Refused {
            origin: self.origin.clone(),
            problem: Box::new(problem),
        }
    }

    pub(crate) fn bad_answer(&self, detail: String) -> RequestError {
        RequestError::BadAnswer {
            origin: self.origin.clone(),
            detail,
        }
    }

    fn no_answer(&self, error: reqwest::Error, patience: Duration) -> Failure {
        let origin = self.origin.clone();
        if error.is_timeout() && !error.is_connect() {
            return RequestError::TimedOut {
                origin,
                seconds: patience.as_secs(),
            }
            .into();
        }
        if !error.is_connect() && !error.is_builder() {
            let source = Box::new(error.without_url());
            return RequestError::Interrupted { origin, source }.into();
        }
        let reason = match is_insecure(&error) {
            true => "its certificate is not one that this machine trusts (or somebody stands between)",
            false => "no network, or the authority is not running",
        };
        let source = Box::new(error.without_url());
        RequestError::Unreachable {
            origin,
            reason,
            source,
        }
        .into()
    }
}

/// An attempt that failed.
struct Failure {
    error: RequestError,
    /// Set this on the clock and try again.
    skew: Option<i64>,
}

impl Failure {
    /// How long to wait before trying again; `None` when trying again does not help. An authority that cannot be
    /// reached is not tried again, unless it was there a moment ago: without a network a person wants to know at once.
    fn wait(&self, pause: Duration, was_there: bool) -> Option<Duration> {
        let problem = match &self.error {
            RequestError::Interrupted { .. } => return Some(pause),
            RequestError::Unreachable { .. } => return was_there.then_some(pause),
            error => error.problem()?,
        };
        problem.problem_type().filter(|kind| kind.is_retryable())?;
        let asked = problem
            .retry_after
            .map(|seconds| Duration::from_secs(seconds.into()));
        Some(asked.unwrap_or(pause)).filter(|wait| *wait <= LONGEST_PAUSE)
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        Self { error, skew: None }
    }
}

pub(crate) fn internal(error: impl std::error::Error + Send + Sync + 'static) -> RequestError {
    RequestError::Internal {
        source: Box::new(error),
    }
}

/// True when a connection was made but could not be trusted: TLS reports that as data that is not valid.
fn is_insecure(error: &reqwest::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let kind = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        if kind == Some(std::io::ErrorKind::InvalidData) {
            return true;
        }
        cause = error.source();
    }
    false
}

fn read_tls_roots(path: &std::path::Path) -> Result<Vec<reqwest::Certificate>, RequestError> {
    let pem = std::fs::read(path).map_err(|source| ProfileError::Io {
        path: path.to_owned(),
        source,
    })?;
    reqwest::Certificate::from_pem_bundle(&pem).map_err(internal)
}
