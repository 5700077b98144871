//! `[server]`

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clausa_core::origin::Origin;
use serde::{Deserialize, Serialize};

use super::ConfigError;

/// Where the authority listens and under which name it is known.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// The address to listen on. Port 0: a free port is chosen on the first start and kept.
    pub listen: SocketAddr,
    /// The origin under which clients reach the authority; every protected file names it. On loopback it follows
    /// from `listen`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// Name shown to people.
    pub name: String,
    /// Proxies whose `X-Forwarded-For` is believed; nobody else's is (`SEC-82`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trusted_proxies: Vec<IpAddr>,
    /// Seconds a request may take.
    pub request_seconds: u16,
    /// Seconds from the opening of a connection to its first whole request, a TLS handshake included.
    pub first_request_seconds: u16,
    /// Seconds after an answer until the next whole request.
    pub idle_seconds: u16,
    /// Open connections in all; more are closed at once (`SEC-150`).
    pub connections: u32,
    /// Open connections from one network (/24 or /56); trusted proxies are not counted.
    pub connections_per_network: u32,
    /// Requests that run at the same time for one network.
    pub requests_per_network: u16,
    /// Seconds from the end of readiness to the end of taking requests when the authority stops: those who choose
    /// between nodes need them to look elsewhere.
    pub drain_seconds: u16,
    /// Seconds that running requests are given when the authority stops, after those.
    pub stop_seconds: u16,
    /// Where metrics are told, by plain HTTP to whoever reaches the address; nowhere unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics_listen: Option<SocketAddr>,
    /// Folder with client programs that the pages offer for download, each file under its own name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub downloads_folder: Option<PathBuf>,
    /// Certificate and key. Without them the authority speaks plain HTTP, on loopback addresses only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsConfig>,
}

/// `[server.tls]`: certificate and key.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// PEM file with the certificate chain, the server's own first.
    pub certificate_file: PathBuf,
    /// PEM file with the private key, readable by its user alone.
    pub key_file: PathBuf,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            origin: None,
            name: "Clausa".to_owned(),
            trusted_proxies: Vec::new(),
            request_seconds: 30,
            first_request_seconds: 10,
            idle_seconds: 60,
            connections: 16_384,
            connections_per_network: 1_024,
            requests_per_network: 512,
            drain_seconds: 0,
            stop_seconds: 10,
            metrics_listen: None,
            downloads_folder: None,
            tls: None,
        }
    }
}

impl ServerConfig {
    pub(crate) fn problems(&self, found: &mut Vec<ConfigError>) {
        let loopback = self.listen.ip().is_loopback();
        if self.tls.is_none() && !loopback {
            found.push(ConfigError::refused(
                "server.listen",
                format!(
                    "plain HTTP is served on loopback addresses only; add a [server.tls] section with \
                     certificate_file and key_file to listen on {}, or listen on 127.0.0.1 behind a proxy",
                    self.listen
                ),
            ));
        }
        if self.origin.is_none() && (self.tls.is_some() || !loopback) {
            found.push(ConfigError::refused(
                "server.origin",
                "set the origin under which clients reach this authority, such as https://rights.contoso.example",
            ));
        }
        if self.name.is_empty() || self.name.len() > 100 || self.name.chars().any(char::is_control) {
            found.push(ConfigError::refused(
                "server.name",
                "set 1 to 100 printable characters",
            ));
        }
        let numbers = [
            ("server.request_seconds", u32::from(self.request_seconds)),
            ("server.first_request_seconds", self.first_request_seconds.into()),
            ("server.idle_seconds", self.idle_seconds.into()),
            ("server.connections", self.connections),
            ("server.connections_per_network", self.connections_per_network),
            ("server.requests_per_network", self.requests_per_network.into()),
        ];
        let zero = numbers.into_iter().filter(|(_, number)| *number == 0);
        found.extend(zero.map(|(key, _)| ConfigError::refused(key, "set at least 1")));
        if let Some(metrics) = self.metrics_listen
            && metrics == self.listen
            && metrics.port() != 0
        {
            found.push(ConfigError::refused(
                "server.metrics_listen",
                "set another address or port than server.listen",
            ));
        }
    }
}
