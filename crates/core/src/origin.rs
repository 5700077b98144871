//! Where an authority lives: the origin of its HTTP interface.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Longest origin: scheme, a host name of 253 characters and a port, rounded up.
pub const MAX_ORIGIN_LENGTH: usize = 272;

/// `https://host[:port]`; `http://` only for the own machine. Lowercase, without a default port, path or slash.
///
/// In a file it is a hint and never a trust anchor: a client talks only to origins it is configured for or has pinned
/// (SEC-51).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(String);

/// Why a text is not an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidOrigin {
    /// It begins with neither `https://` nor, for the own machine, `http://`.
    #[error("an authority's origin begins with https:// (http:// only for 127.0.0.1, [::1] and localhost)")]
    Scheme,
    /// The host is not a lowercase host name or address literal.
    #[error("the origin's host is not a lowercase host name")]
    Host,
    /// The port is not a number from 1 to 65535, is the scheme's default, or has leading zeros.
    #[error("the origin's port is not a port number, or is the default one")]
    Port,
}

impl Origin {
    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host, without port; an IPv6 literal keeps its brackets.
    pub fn host(&self) -> &str {
        split_port(self.authority()).0
    }

    /// `host[:port]`, as in a `Host` header.
    pub fn authority(&self) -> &str {
        self.0.split_once("://").map_or("", |(_, authority)| authority)
    }

    /// The port, the scheme's default when none is written.
    pub fn port(&self) -> u16 {
        let default = if self.is_https() { HTTPS_PORT } else { HTTP_PORT };
        split_port(self.authority())
            .1
            .and_then(|port| port.parse().ok())
            .unwrap_or(default)
    }

    /// True for `https`.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// True when the host is the own machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(self.host())
    }
}

const HTTPS_PORT: u16 = 443;
const HTTP_PORT: u16 = 80;

impl FromStr for Origin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let (scheme, authority) = text.split_once("://").ok_or(InvalidOrigin::Scheme)?;
        if text.len() > MAX_ORIGIN_LENGTH {
            return Err(InvalidOrigin::Host);
        }
        let (host, port) = split_port(authority);
        let default_port = match scheme {
            "https" => HTTPS_PORT,
            "http" if is_loopback(host) => HTTP_PORT,
            _ => return Err(InvalidOrigin::Scheme),
        };
        if !is_host(host) {
            return Err(InvalidOrigin::Host);
        }
        if let Some(port) = port {
            let number: u16 = port.parse().map_err(|_| InvalidOrigin::Port)?;
            if number == 0 || number == default_port || number.to_string() != port {
                return Err(InvalidOrigin::Port);
            }
        }
        Ok(Self(text.to_owned()))
    }
}

fn split_port(authority: &str) -> (&str, Option<&str>) {
    // The colons inside an IPv6 literal stand before its closing bracket.
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

fn is_loopback(host: &str) -> bool {
    matches!(host, "127.0.0.1" | "[::1]" | "localhost")
}

fn is_host(host: &str) -> bool {
    if let Some(literal) = host.strip_prefix('[') {
        let parsed = literal
            .strip_suffix(']')
            .and_then(|inner| inner.parse::<std::net::Ipv6Addr>().ok());
        return parsed.is_some_and(|address| format!("[{address}]") == host);
    }
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // Where the last label is a number, programs read the whole as an IPv4 address, in more spellings than one.
    let last = host.rsplit('.').next().unwrap_or_default();
    let is_number = |label: &str| {
        let digits = label.strip_prefix("0x").unwrap_or_default();
        label.bytes().all(|b| b.is_ascii_digit())
            || label.starts_with("0x") && digits.bytes().all(|b| b.is_ascii_hexdigit())
    };
    if is_number(last) {
        return host.parse::<std::net::Ipv4Addr>().is_ok();
    }
    host.len() <= 253 && host.split('.').all(is_label)
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Origin({})", self.0)
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl<C> minicbor::Encode<C> for Origin {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(&self.0)?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Origin {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.str()?
            .parse()
            .map_err(|_| minicbor::decode::Error::message("origin"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_in_their_one_spelling() {
        for (text, host, port) in [
            ("https://rights.contoso.example", "rights.contoso.example", 443),
            (
                "https://rights.contoso.example:8443",
                "rights.contoso.example",
                8443,
            ),
            ("http://127.0.0.1:7878", "127.0.0.1", 7878),
            ("http://localhost", "localhost", 80),
            ("https://192.0.2.7", "192.0.2.7", 443),
            ("http://[::1]:80801", "", 0),
            ("http://[::1]:8080", "[::1]", 8080),
        ] {
            match text.parse::<Origin>() {
                Ok(origin) => assert_eq!((origin.host(), origin.port()), (host, port)),
                Err(error) => assert_eq!((error, host), (InvalidOrigin::Port, ""), "{text}"),
            }
        }
    }

    /// SEC-51
    /// Clause 1.8.1.
    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "https://",
            "http://contoso.example",
            "ftp://contoso.example",
            "https://Contoso.example",
            "https://contoso.example/",
            "https://contoso.example:443",
            "https://contoso.example:",
            "https://contoso.example:08",
            "https://user@contoso.example",
            "https://contoso.example?x",
            "https://contoso.example#x",
            "https://contoso..example",
            "https://[::01]",
            "https://[::1",
            "http://127.0.0.1.evil.example",
            "http://localhost:80",
            "https://a b.example",
            "https://127.1",
            "https://127.0.0.01",
            "https://1.2.3.256",
            "https://2130706433",
            "https://0x7f.0x1",
            "https://a.0x",
            "HTTPS://a.example",
        ] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }
}
