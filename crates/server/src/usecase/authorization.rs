//! The browser flow's first half (RFC 6749 §4.1, RFC 7636, RFC 8252): a client sends the browser here, a person signs
//! in, the browser carries a code back to the client on the same machine.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clausa_api::token::CLIENT_ID;
use clausa_store::record::code::AuthorisationCode;
use serde::{Deserialize, Serialize};
use url::Url;

use super::failure::Failure;
use super::sign_in::SignedIn;
use super::tokens::AuthorizationCode;
use crate::state::AppState;

/// How long a code is good: the browser is already on its way.
const CODE_SECONDS: u64 = 60;
/// Longest `state` and longest redirect URI.
const MAX_TEXT: usize = 512;
/// How every redirect URI begins: the literal address, which no name service can point elsewhere (RFC 8252 §7.3).
const LOOPBACK: &str = "http://127.0.0.1:";

/// The query of an authorisation request, as it came.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[allow(
    missing_docs,
    reason = "the fields carry the names and meanings of RFC 6749 §4.1.1 and RFC 7636 §4.3"
)]
pub struct AuthorizationQuery {
    #[serde(default)]
    pub response_type: String,
    #[serde(default)]
    pub client_id: String,
    #[serde(default)]
    pub redirect_uri: String,
    #[serde(default)]
    pub code_challenge: String,
    #[serde(default)]
    pub code_challenge_method: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

/// An authorisation request that may be granted.
#[derive(Clone, Debug)]
pub struct AuthorizationRequest {
    redirect: Url,
    /// As the client wrote it: it has to write the same in the token request.
    redirect_text: String,
    pkce_challenge: [u8; 32],
    state: Option<String>,
}

/// Why an authorisation request cannot be granted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorizationError {
    /// The client is not one that is known here. The browser is not sent anywhere.
    #[error("the program that sent you here is not known to this service")]
    Client,
    /// The redirect URI does not lead to this machine. The browser is not sent anywhere.
    #[error("the program that sent you here did not say where on this computer it listens")]
    Redirect,
    /// Something else does not fit; the client is told so at this URL.
    #[error("the program that sent you here asked for something that is not offered")]
    Tell(String),
}

impl AuthorizationRequest {
    /// Reads a request. Only the known public client, only a loopback redirect, only PKCE with S256.
    ///
    /// # Errors
    ///
    /// [`AuthorizationError`], the first thing that does not fit.
    pub fn read(query: &AuthorizationQuery) -> Result<Self, AuthorizationError> {
        if query.client_id != CLIENT_ID {
            return Err(AuthorizationError::Client);
        }
        let redirect = loopback(&query.redirect_uri).ok_or(AuthorizationError::Redirect)?;
        let state = query.state.clone().filter(|state| state.len() <= MAX_TEXT);
        let request = Self {
            redirect,
            redirect_text: query.redirect_uri.clone(),
            pkce_challenge: [0; 32],
            state,
        };
        if query.response_type != "code" {
            return Err(request.tell("unsupported_response_type"));
        }
        let challenge = URL_SAFE_NO_PAD
            .decode(&query.code_challenge)
            .ok()
            .and_then(|bytes| bytes.try_into().ok());
        match (challenge, query.code_challenge_method.as_str()) {
            (Some(pkce_challenge), "S256") => Ok(Self {
                pkce_challenge,
                ..request
            }),
            _ => Err(request.tell("invalid_request")),
        }
    }

    /// Where the browser will be sent, as an origin: the page's policy has to allow it.
    pub fn redirect_origin(&self) -> String {
        self.redirect.origin().ascii_serialization()
    }

    fn tell(&self, error: &str) -> AuthorizationError {
        AuthorizationError::Tell(self.answer([("error", error)]))
    }

    fn answer<const N: usize>(&self, pairs: [(&str, &str); N]) -> String {
        let mut url = self.redirect.clone();
        let mut query = url.query_pairs_mut();
        query.extend_pairs(pairs);
        if let Some(state) = &self.state {
            query.append_pair("state", state);
        }
        drop(query);
        url.into()
    }
}

/// Makes a code for the signed-in person and says where to send the browser. The answer names this authority, so that
/// a client which knows several cannot be made to mix them up (RFC 9207).
///
/// # Errors
///
/// [`Failure`].
pub async fn grant(
    state: &AppState,
    request: &AuthorizationRequest,
    who: &SignedIn,
) -> Result<String, Failure> {
    let (code, now) = (
        AuthorizationCode::generate(&mut state.randomness())?,
        state.now_micros(),
    );
    let row = AuthorisationCode {
        hash: code.hash(),
        client: CLIENT_ID.to_owned(),
        redirect_uri: request.redirect_text.clone(),
        pkce_challenge: request.pkce_challenge,
        key: None,
        account: who.account,
        tenant: who.tenant,
        proof: who.proof,
        session: None,
        created_at: now,
        expires_at: now.plus_seconds(CODE_SECONDS),
    };
    state
        .store()
        .transact_with("authorization.grant", row, |row, tx| {
            Box::pin(async move { Ok::<_, Failure>(tx.create_code(row).await?) })
        })
        .await?;
    Ok(request.answer([("code", code.expose()), ("iss", &state.origin().to_string())]))
}

fn loopback(text: &str) -> Option<Url> {
    if text.len() > MAX_TEXT || !text.starts_with(LOOPBACK) {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let is_plain = url.as_str() == text
        && url.host_str() == Some("127.0.0.1")
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
        && (url.port().is_some() || text.starts_with("http://127.0.0.1:80/"));
    is_plain.then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query() -> AuthorizationQuery {
        AuthorizationQuery {
            response_type: "code".to_owned(),
            client_id: CLIENT_ID.to_owned(),
            redirect_uri: "http://127.0.0.1:49152/callback".to_owned(),
            code_challenge: URL_SAFE_NO_PAD.encode([7; 32]),
            code_challenge_method: "S256".to_owned(),
            state: Some("a b&c".to_owned()),
            scope: None,
        }
    }

    #[test]
    fn a_good_request_is_read() {
        let request = AuthorizationRequest::read(&query()).unwrap();
        assert_eq!(request.redirect_origin(), "http://127.0.0.1:49152");
        assert_eq!(
            request.answer([("code", "x")]),
            "http://127.0.0.1:49152/callback?code=x&state=a+b%26c"
        );
    }

    #[test]
    fn the_browser_is_sent_to_this_machine_only() {
        for uri in [
            "",
            "http://127.0.0.1/callback",
            "http://127.0.0.1:49152@evil.example/",
            "http://127.0.0.1:49152.evil.example/",
            "http://127.0.0.1:1:2/",
            "http://user@127.0.0.1:49152/",
            "https://127.0.0.1:49152/",
            "http://localhost:49152/",
            "http://127.0.0.1:49152/#fragment",
            "http://127.0.0.1:49152/?next=x",
            "http://127.0.0.1:49152/../x",
            "http://127.0.0.1:49152",
            "http://127.1:49152/",
            "http://[::1]:49152/",
            "javascript:alert(1)",
            "http://127.0.0.1:49152/\\evil.example",
            "http://127.0.0.1:99999/",
        ] {
            let query = AuthorizationQuery {
                redirect_uri: uri.to_owned(),
                ..query()
            };
            assert_eq!(
                AuthorizationRequest::read(&query).unwrap_err(),
                AuthorizationError::Redirect,
                "{uri}"
            );
        }
    }

    #[test]
    fn only_the_safe_flow_is_offered() {
        let told = |query| match AuthorizationRequest::read(&query).unwrap_err() {
            AuthorizationError::Tell(url) => url,
            other => panic!("{other}"),
        };
        let wrong = AuthorizationQuery {
            response_type: "token".to_owned(),
            ..query()
        };
        assert!(told(wrong).contains("error=unsupported_response_type"));
        let wrong = AuthorizationQuery {
            code_challenge_method: "plain".to_owned(),
            ..query()
        };
        assert!(told(wrong).contains("error=invalid_request"));
        let wrong = AuthorizationQuery {
            code_challenge: "short".to_owned(),
            ..query()
        };
        assert!(told(wrong).contains("error=invalid_request"));
        let wrong = AuthorizationQuery {
            client_id: "other".to_owned(),
            ..query()
        };
        assert_eq!(
            AuthorizationRequest::read(&wrong).unwrap_err(),
            AuthorizationError::Client
        );
    }
}
