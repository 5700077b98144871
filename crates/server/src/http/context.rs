//! What is known of a request before anybody looks at who sent it. The outermost layer finds it out; handlers take
//! [`RequestContext`] as an extractor.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};

use axum::extract::FromRequestParts;
use axum::http::{HeaderMap, header, request::Parts};

use crate::request::RequestContext;
use crate::texts::Language;

/// Longest description of a client that is recorded, in bytes.
const MAX_CLIENT_INFO: usize = 200;

impl<S: Sync> FromRequestParts<S> for RequestContext {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(|| Self {
            id: String::new(),
            client_ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            client_info: None,
            language: Language::default(),
        }))
    }
}

/// The sender's address: the peer's own, or what a trusted proxy says of it (`SEC-82`).
pub(super) fn client_ip(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    // A socket for both families names IPv4 peers as IPv6; left so, all of them would share one network's limits.
    let peer = peer.to_canonical();
    if !trusted.contains(&peer) {
        return peer;
    }
    // The last entry is the one that the trusted proxy itself added.
    headers
        .get_all("x-forwarded-for")
        .iter()
        .next_back()
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.rsplit(',').next())
        .and_then(|text| text.trim().parse().ok())
        .map_or(peer, |address: IpAddr| address.to_canonical())
}

/// The client's description of itself: printable ASCII, cut.
pub(super) fn client_info(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::USER_AGENT)?.to_str().ok()?;
    let text: String = text
        .chars()
        .filter(|c| (' '..='~').contains(c))
        .take(MAX_CLIENT_INFO)
        .collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use axum::http::HeaderMap;

    use super::client_ip;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_forwarded_address_is_believed_only_from_a_trusted_proxy() {
        // SEC-82
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "203.0.113.9, 198.51.100.7".parse().unwrap());
        assert_eq!(client_ip(ip("192.0.2.1"), &headers, &[]), ip("192.0.2.1"));
        assert_eq!(
            client_ip(ip("192.0.2.1"), &headers, &[ip("192.0.2.1")]),
            ip("198.51.100.7")
        );
        assert_eq!(
            client_ip(ip("::ffff:203.0.113.9"), &headers, &[]),
            ip("203.0.113.9")
        );
        assert_eq!(
            client_ip(ip("::ffff:192.0.2.1"), &headers, &[ip("192.0.2.1")]),
            ip("198.51.100.7")
        );
        headers.insert("x-forwarded-for", "nonsense".parse().unwrap());
        assert_eq!(
            client_ip(ip("192.0.2.1"), &headers, &[ip("192.0.2.1")]),
            ip("192.0.2.1")
        );
    }
}
