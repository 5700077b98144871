//! Admits connections, and counts the requests on each.

use std::future::{Future, Ready, ready};
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::http::{Request, Response, Version};
use axum_server::accept::Accept;
use tokio::net::TcpStream;
use tower::Service;

use super::Places;
use super::answer::Answer;
use super::deadline::{Activity, Guarded};
use crate::config::ServerConfig;
use crate::request::network_of;

/// Admits connections while there are places.
#[derive(Clone, Debug)]
pub(super) struct Acceptor {
    places: Arc<Places>,
    proxies: Arc<[IpAddr]>,
    first: Duration,
    idle: Duration,
}

impl Acceptor {
    pub(super) fn new(places: Arc<Places>, config: &ServerConfig) -> Self {
        Self {
            places,
            proxies: config.trusted_proxies.clone().into(),
            first: Duration::from_secs(config.first_request_seconds.into()),
            idle: Duration::from_secs(config.idle_seconds.into()),
        }
    }

    /// How long the first request may take to arrive.
    pub(super) fn first_request(&self) -> Duration {
        self.first
    }

    fn admit<S>(&self, stream: TcpStream, service: S) -> io::Result<(Guarded, Counted<S>)> {
        let peer = stream.peer_addr()?.ip().to_canonical();
        // Behind a proxy everybody comes from one address; the proxy has its own limits.
        let network = (!self.proxies.contains(&peer)).then(|| network_of(peer));
        let Some(place) = self.places.take(network) else {
            return Err(io::Error::new(
                io::ErrorKind::ConnectionRefused,
                "too many connections",
            ));
        };
        // Answers are written at once and whole; waiting for more to send would only delay them.
        stream.set_nodelay(true)?;
        let activity = Activity::new(self.first, self.idle);
        let service = Counted {
            inner: service,
            activity: Arc::clone(&activity),
        };
        Ok((Guarded::new(stream, activity, place), service))
    }
}

impl<S> Accept<TcpStream, S> for Acceptor {
    type Stream = Guarded;
    type Service = Counted<S>;
    type Future = Ready<io::Result<(Guarded, Counted<S>)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        ready(self.admit(stream, service))
    }
}

/// A connection's service, which tells the connection when requests run.
#[derive(Clone, Debug)]
pub(super) struct Counted<S> {
    inner: S,
    activity: Arc<Activity>,
}

impl<S, B, A> Service<Request<B>> for Counted<S>
where
    S: Service<Request<B>, Response = Response<A>>,
    S::Future: Send + 'static,
{
    type Response = Response<Answer<A>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Answer<A>>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let running = self.activity.begin();
        // Over HTTP/1.1 nothing but the end of the connection gives a request up.
        let counted = (request.version() == Version::HTTP_2).then(|| Arc::clone(&self.activity));
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answer = answer.await?;
            running.end();
            Ok(answer.map(|body| match counted {
                Some(activity) => Answer::counted(body, activity),
                None => Answer::plain(body),
            }))
        })
    }
}
