//! `[traces]`

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::ConfigError;

/// Where traces go (OpenTelemetry, OTLP over HTTP in JSON). Off unless an endpoint is set.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct TracesConfig {
    /// The collector's base URL, such as `http://127.0.0.1:4318`; `/v1/traces` is appended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Whether a caller's `traceparent` (W3C Trace Context) is believed. Anybody can send one, so only behind a proxy
    /// of yours that sets it.
    pub accept_traceparent: bool,
    /// Every so many-th request is traced: 1 traces all, 100 a hundredth.
    pub sample_one_in: u32,
}

impl Default for TracesConfig {
    fn default() -> Self {
        Self {
            endpoint: None,
            accept_traceparent: false,
            sample_one_in: 1,
        }
    }
}

impl TracesConfig {
    pub(crate) fn problems(&self, found: &mut Vec<ConfigError>) {
        if self.sample_one_in == 0 {
            found.push(ConfigError::refused(
                "traces.sample_one_in",
                "set 1 to trace every request, or leave out traces.endpoint to trace none",
            ));
        }
        if let Err(advice) = self.url() {
            found.push(ConfigError::refused("traces.endpoint", advice));
        }
    }

    /// Where the collector takes traces, if there is one; what is wrong with it otherwise.
    pub(crate) fn url(&self) -> Result<Option<Url>, &'static str> {
        let Some(endpoint) = &self.endpoint else {
            return Ok(None);
        };
        let mut url = Url::parse(endpoint).map_err(|_| "write a URL such as http://127.0.0.1:4318")?;
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            return Err(
                "write the URL without user, password and query: a configuration is no place for secrets",
            );
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => return Err("set an https:// URL, or run a collector on this machine"),
            _ => return Err("write a URL such as http://127.0.0.1:4318"),
        }
        let path = format!("{}/v1/traces", url.path().trim_end_matches('/'));
        url.set_path(&path);
        url.set_fragment(None);
        Ok(Some(url))
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::TracesConfig;

    fn at(endpoint: &str) -> Result<Option<String>, &'static str> {
        let config = TracesConfig {
            endpoint: Some(endpoint.to_owned()),
            ..TracesConfig::default()
        };
        Ok(config.url()?.map(|url| url.to_string()))
    }

    #[test]
    fn a_collector_is_on_this_machine_or_behind_tls() {
        let path = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(TracesConfig::default().url(), Ok(None));
        assert_eq!(
            at("http://127.0.0.1:4318"),
            path("http://127.0.0.1:4318/v1/traces")
        );
        assert_eq!(at("http://[::1]:4318/"), path("http://[::1]:4318/v1/traces"));
        assert_eq!(
            at("https://traces.contoso.example/otlp"),
            path("https://traces.contoso.example/otlp/v1/traces")
        );
        for wrong in [
            "127.0.0.1:4318",
            "grpc://127.0.0.1:4317",
            "http://traces.contoso.example:4318",
            "http://127.0.0.1.contoso.example:4318",
            "https://user:secret@traces.contoso.example",
            "https://traces.contoso.example/?api-key=secret",
        ] {
            assert!(at(wrong).is_err(), "{wrong}");
        }
    }
}
