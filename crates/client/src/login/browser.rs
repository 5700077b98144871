//! Signing in with the browser: authorisation code, PKCE, loopback (RFC 8252, RFC 7636, RFC 9207).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clausa_api::paths;
use clausa_api::token::{CLIENT_ID, GRANT_AUTHORIZATION_CODE};
use clausa_core::random::{Randomness, SystemRandom};

use super::loopback::{Door, Visit};
use super::{Grant, SignedIn, Verifier};
use crate::client::Client;
use crate::error::{LoginError, RequestError};
use crate::transport::internal;

/// How long to wait for the person to come back from the browser.
const PATIENCE: Duration = Duration::from_secs(300);

impl Client {
    /// Signs in with the browser: opens a door on 127.0.0.1, gives the address of the authority's sign-in page to
    /// `open_browser`, and waits at most five minutes for the person to come back (RFC 8252, RFC 7636).
    ///
    /// # Errors
    ///
    /// [`LoginError::BrowserRefused`], [`LoginError::BrowserTimedOut`], [`LoginError::OtherAccount`] and others.
    pub async fn login_in_browser(
        &self,
        open_browser: impl FnOnce(&str) + Send,
    ) -> Result<SignedIn, LoginError> {
        let authority = self.authority().await?;
        let kept = self.account_at(&authority.origin).await?;
        let address = kept.and_then(|kept| kept.identity.addresses.first().cloned());
        let verifier = Verifier::draw()?;
        let state = random_text()?;
        let door = Door::open().await.map_err(LoginError::Loopback)?;
        let redirect = door.address();
        let mut page = url::Url::parse(&format!("{}{}", authority.origin, paths::AUTHORIZE))
            .map_err(|error| LoginError::Request(internal(error)))?;
        page.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", CLIENT_ID)
            .append_pair("redirect_uri", &redirect)
            .append_pair("code_challenge", &verifier.challenge_of_text())
            .append_pair("code_challenge_method", "S256")
            .append_pair("state", &state)
            .extend_pairs(address.iter().map(|address| ("login_hint", address.as_str())));
        open_browser(page.as_str());
        let visit = match tokio::time::timeout(PATIENCE, door.wait_for(&state)).await {
            Ok(visit) => visit.map_err(LoginError::Loopback)?,
            Err(_) => {
                return Err(LoginError::BrowserTimedOut {
                    seconds: PATIENCE.as_secs(),
                });
            }
        };
        let code = match visit {
            Visit::Code { code, issuer }
                if issuer
                    .as_deref()
                    .is_none_or(|said| said == authority.origin.as_str()) =>
            {
                code
            }
            Visit::Code { .. } => {
                return Err(LoginError::BrowserRefused {
                    reason: "the answer is another authority's".to_owned(),
                });
            }
            Visit::Refused { reason } => return Err(LoginError::BrowserRefused { reason }),
        };
        let text = verifier.text();
        let fields = [
            ("grant_type", GRANT_AUTHORIZATION_CODE),
            ("client_id", CLIENT_ID),
            ("code", code.as_str()),
            ("code_verifier", text.as_str()),
            ("redirect_uri", redirect.as_str()),
        ];
        let identity = self
            .establish(
                &authority,
                Grant {
                    fields: &fields,
                    address: None,
                },
            )
            .await?;
        Ok(SignedIn {
            identity,
            waiting: None,
        })
    }
}

fn random_text() -> Result<String, RequestError> {
    let mut bytes = [0_u8; 16];
    SystemRandom.fill(&mut bytes).map_err(internal)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
