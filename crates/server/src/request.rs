//! Who asks, and what is known of the request; plain facts that the use cases take, without HTTP.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use clausa_core::id::DeviceThumbprint;
use clausa_core::keys::VerifyingKey;
use clausa_store::Actor;
use clausa_store::record::ident::SessionId;

use crate::texts::Language;

/// A request's id, sender and client.
#[derive(Clone, Debug)]
pub struct RequestContext {
    /// The request's id: 32 hex digits, drawn here, in answers, log rows and traces.
    pub id: String,
    /// The network address the request came from; the one a trusted proxy names, if a trusted proxy sent it.
    pub client_ip: IpAddr,
    /// The client's description of itself, cut to what is recorded.
    pub client_info: Option<String>,
    /// The language of pages and mails that this request brings about.
    pub language: Language,
}

impl RequestContext {
    /// The network that shares the limits for people who are not signed in: /24 or /56.
    pub fn network(&self) -> String {
        let length = if self.client_ip.is_ipv4() { 24 } else { 56 };
        format!("{}/{length}", network_of(self.client_ip))
    }
}

/// The first address of the network (/24 or /56) that `ip` is in.
pub(crate) fn network_of(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            Ipv4Addr::new(a, b, c, 0).into()
        }
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            Ipv6Addr::new(a, b, c, d & 0xff00, 0, 0, 0, 0).into()
        }
    }
}

/// A signed-in caller: token and proof of possession were verified (`SEC-97`).
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who acts, for the authorisation of every act. `actor.device` is the enrolled device, if it is enrolled.
    pub actor: Actor,
    /// The session whose token was shown.
    pub session: SessionId,
    /// Thumbprint of the key that signed this request's proof.
    pub key: DeviceThumbprint,
    /// That key itself, which an enrolment certifies.
    pub signing_key: VerifyingKey,
    /// The request.
    pub request: RequestContext,
}

#[cfg(test)]
mod tests {
    use super::RequestContext;
    use crate::texts::Language;

    #[test]
    fn neighbours_share_a_network() {
        let network = |text: &str| {
            RequestContext {
                id: String::new(),
                client_ip: text.parse().unwrap(),
                client_info: None,
                language: Language::default(),
            }
            .network()
        };
        assert_eq!(network("192.0.2.17"), "192.0.2.0/24");
        assert_eq!(network("2001:db8:1:2ff:3::4"), "2001:db8:1:200::/56");
    }
}
