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
    /// Seconds that running requests are given when the authority stops.
    pub stop_seconds: u16,
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
            stop_seconds: 10,
            tls: None,
        }
    }
}

impl ServerConfig {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let loopback = self.listen.ip().is_loopback();
        if self.tls.is_none() && !loopback {
            return Err(ConfigError::refused(
                "server.listen",
                format!(
                    "plain HTTP is served on loopback addresses only; add a [server.tls] section with \
                     certificate_file and key_file to listen on {}, or listen on 127.0.0.1 behind a proxy",
                    self.listen
                ),
            ));
        }
        if self.origin.is_none() && (self.tls.is_some() || !loopback) {
            return Err(ConfigError::refused(
                "server.origin",
                "set the origin under which clients reach this authority, such as https://rights.contoso.example",
            ));
        }
        if self.name.is_empty() || self.name.len() > 100 || self.name.chars().any(char::is_control) {
            return Err(ConfigError::refused(
                "server.name",
                "set 1 to 100 printable characters",
            ));
        }
        if self.request_seconds == 0 {
            return Err(ConfigError::refused("server.request_seconds", "set at least 1"));
        }
        Ok(())
    }
}
