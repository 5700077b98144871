//! Connections: how many there may be, how long one may say nothing, and what is served on them.
//!
//! Whoever opens connections and sends bytes slowly, or none, takes places from others without asking for anything.
//! So there is a number of them in all and for one network, and each must bring a whole request soon after it was
//! opened (TLS handshake included) and be taken up again soon after an answer. Whoever sends much that asks for nothing, or
//! asks and gives up again and again, as HTTP/2 lets him, loses the connection (`SEC-150`).

mod acceptor;
mod answer;
mod deadline;
mod places;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use axum::Router;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::{Address, Handle, Server};
use tokio::task::JoinHandle;

use acceptor::Acceptor;
pub(crate) use places::{Place, Places};

use crate::config::ServerConfig;

/// Requests at once on one HTTP/2 connection.
const STREAMS: u32 = 64;
/// Requests on one HTTP/2 connection that were given up before they were begun; the protocol's own code counts them. Those
/// that were begun are counted by [`deadline`].
const GIVEN_UP: usize = 32;
/// Requests on one HTTP/2 connection that are refused because too many run, or because they break the protocol's rules.
const REFUSED: usize = 128;
/// Bytes of the headers of one request.
const HEADERS: u32 = 32 * 1024;
/// Bytes of an HTTP/1.1 connection's read buffer: headers have to fit.
const BUFFER: usize = 64 * 1024;

/// Begins to serve `router` on `listener`.
pub(crate) fn serve(
    router: Router,
    listener: TcpListener,
    tls: Option<Arc<rustls::ServerConfig>>,
    connections: Arc<Places>,
    config: &ServerConfig,
    handle: Handle<SocketAddr>,
) -> std::io::Result<JoinHandle<std::io::Result<()>>> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let acceptor = Acceptor::new(connections, config);
    let first = acceptor.first_request();
    let server = axum_server::from_tcp(listener)?.handle(handle).acceptor(acceptor);
    Ok(match tls {
        Some(tls) => {
            let tls = RustlsAcceptor::new(RustlsConfig::from_config(tls)).handshake_timeout(first);
            let mut server = server.map(|acceptor| tls.acceptor(acceptor));
            limit(&mut server);
            tokio::spawn(server.serve(service))
        }
        None => {
            let mut server = server;
            limit(&mut server);
            tokio::spawn(server.serve(service))
        }
    })
}

fn limit<A: Address, Acceptor>(server: &mut Server<A, Acceptor>) {
    let builder = server.http_builder();
    builder.http1().max_buf_size(BUFFER);
    builder
        .http2()
        .max_concurrent_streams(STREAMS)
        .max_pending_accept_reset_streams(GIVEN_UP)
        .max_local_error_reset_streams(REFUSED)
        .max_header_list_size(HEADERS);
}
