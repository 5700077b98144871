//! Calls in the name of the account at an authority: with its token, renewed once when it has run out.

use std::io;

use clausa_api::token::{GRANT_REFRESH, TokenAnswer};
use clausa_api::{ProblemType, paths};
use clausa_core::origin::Origin;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::background::blocking;
use crate::client::Client;
use crate::error::{ProfileError, RequestError};
use crate::profile::AccountRecord;
use crate::secrets::{DeviceKeys, SessionTokens};
use crate::transport::{Call, Credentials, Transport, Write};

/// An access token with less than this left is renewed first, in seconds: the call takes time too.
pub(crate) const RENEW_BEFORE_SECONDS: u64 = 20;

impl Client {
    /// The account kept for `origin`, signed in or not.
    pub(crate) async fn account_at(&self, origin: &Origin) -> Result<Option<AccountRecord>, ProfileError> {
        let (client, origin) = (self.clone(), origin.clone());
        blocking(move || client.profile().account(&origin)).await
    }

    /// The account that is signed in at `origin`.
    pub(crate) async fn signed_in_at(&self, origin: &Origin) -> Result<AccountRecord, RequestError> {
        let account = self.account_at(origin).await?.filter(|account| account.signed_in);
        account.ok_or_else(|| RequestError::NotSignedIn {
            origin: origin.clone(),
        })
    }

    /// This device's keys at `origin`. Without them nobody is signed in, whatever the profile says: a profile that was
    /// copied without its keyring opens nothing (SEC-56).
    pub(crate) async fn device_keys(&self, origin: &Origin) -> Result<DeviceKeys, RequestError> {
        let (client, of) = (self.clone(), origin.clone());
        let keys = blocking(move || client.secrets().device_keys(&of)).await?;
        keys.ok_or_else(|| RequestError::NotSignedIn {
            origin: origin.clone(),
        })
    }

    /// Makes a call as the account at `origin` and reads a JSON answer.
    pub(crate) async fn call_as_account<T: DeserializeOwned>(
        &self,
        origin: &Origin,
        call: &Call,
    ) -> Result<T, RequestError> {
        let (transport, keys) = (self.transport(origin)?, self.device_keys(origin).await?);
        let mut tokens = self.usable_tokens(&transport, &keys).await?;
        let answer = transport
            .call(call, Credentials::Token(&keys, &tokens.access_token))
            .await;
        if !has_run_out(&answer) {
            return answer;
        }
        tokens = self.renew(&transport, &keys, &tokens).await?;
        transport
            .call(call, Credentials::Token(&keys, &tokens.access_token))
            .await
    }

    /// Makes a call as the account at `origin` whose answer has nothing to say.
    pub(crate) async fn call_as_account_for_nothing(
        &self,
        origin: &Origin,
        call: &Call,
    ) -> Result<(), RequestError> {
        self.call_as_account_for_bytes(origin, call).await.map(drop)
    }

    /// Makes a call as the account at `origin` whose answer is not JSON.
    pub(crate) async fn call_as_account_for_bytes(
        &self,
        origin: &Origin,
        call: &Call,
    ) -> Result<Zeroizing<Vec<u8>>, RequestError> {
        let (transport, keys) = (self.transport(origin)?, self.device_keys(origin).await?);
        let mut tokens = self.usable_tokens(&transport, &keys).await?;
        let answer = transport
            .call_for_bytes(call, Credentials::Token(&keys, &tokens.access_token))
            .await;
        if !has_run_out(&answer) {
            return answer;
        }
        tokens = self.renew(&transport, &keys, &tokens).await?;
        transport
            .call_for_bytes(call, Credentials::Token(&keys, &tokens.access_token))
            .await
    }

    /// Makes a call as the account at `origin`, and gives the body of a success to `write` as it arrives.
    pub(crate) async fn download_as_account(
        &self,
        origin: &Origin,
        call: &Call,
        write: &mut Write<'_>,
    ) -> Result<io::Result<()>, RequestError> {
        let (transport, keys) = (self.transport(origin)?, self.device_keys(origin).await?);
        let mut tokens = self.usable_tokens(&transport, &keys).await?;
        let credentials = Credentials::Token(&keys, &tokens.access_token);
        let answer = transport.download(call, credentials, write).await;
        if !has_run_out(&answer) {
            return answer;
        }
        tokens = self.renew(&transport, &keys, &tokens).await?;
        let credentials = Credentials::Token(&keys, &tokens.access_token);
        transport.download(call, credentials, write).await
    }

    /// The session's tokens, renewed when they are about to run out.
    pub(crate) async fn usable_tokens(
        &self,
        transport: &Transport,
        keys: &DeviceKeys,
    ) -> Result<SessionTokens, RequestError> {
        let tokens = self.kept_tokens(transport.origin()).await?;
        if tokens.expires > self.clock().now().plus_seconds(RENEW_BEFORE_SECONDS) {
            return Ok(tokens);
        }
        self.renew(transport, keys, &tokens).await
    }

    async fn kept_tokens(&self, origin: &Origin) -> Result<SessionTokens, RequestError> {
        let (client, of) = (self.clone(), origin.clone());
        let tokens = blocking(move || client.secrets().session(&of)).await?;
        tokens.ok_or_else(|| RequestError::NotSignedIn {
            origin: origin.clone(),
        })
    }

    /// Exchanges the refresh token. Only one process does it at a time, because a refresh token that is used twice
    /// ends the session; the others find the new tokens.
    async fn renew(
        &self,
        transport: &Transport,
        keys: &DeviceKeys,
        spent: &SessionTokens,
    ) -> Result<SessionTokens, RequestError> {
        let origin = transport.origin();
        let _gate = self.inner.session_gate.lock().await;
        let (client, of) = (self.clone(), origin.clone());
        let _lock = blocking(move || client.profile().lock_session(&of)).await?;
        let kept = self.kept_tokens(origin).await?;
        if kept.access_token != spent.access_token {
            return Ok(kept);
        }
        let call = Call::form(
            paths::TOKEN,
            &[
                ("grant_type", GRANT_REFRESH),
                ("refresh_token", &kept.refresh_token),
            ],
        );
        // Not the same once as twice, but asking again loses nothing: if the first answer was lost, the next use of the token
        // ends the session, whoever makes it; and if the call was, nothing has happened.
        let call = call.idempotent();
        match transport.call::<TokenAnswer>(&call, Credentials::Key(keys)).await {
            Ok(answer) => self.keep_tokens(origin, answer).await,
            Err(error) if ends_session(&error) => {
                self.forget_session(origin).await?;
                Err(RequestError::NotSignedIn {
                    origin: origin.clone(),
                })
            }
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn keep_tokens(
        &self,
        origin: &Origin,
        answer: TokenAnswer,
    ) -> Result<SessionTokens, RequestError> {
        let tokens = SessionTokens::new(answer, self.clock().now());
        let (client, of, kept) = (self.clone(), origin.clone(), tokens.clone());
        blocking(move || client.secrets().put_session(&of, &kept)).await?;
        Ok(tokens)
    }

    /// Forgets the tokens and takes note that nobody is signed in. The device's keys stay.
    pub(crate) async fn forget_session(&self, origin: &Origin) -> Result<(), ProfileError> {
        let (client, of) = (self.clone(), origin.clone());
        blocking(move || {
            client.secrets().remove_session(&of)?;
            client.profile().change_account(&of, |account| {
                if let Some(account) = account {
                    account.signed_in = false;
                }
            })
        })
        .await
    }
}

/// True when the access token is not taken any more, which renewing it may mend.
fn has_run_out<T>(answer: &Result<T, RequestError>) -> bool {
    answer
        .as_ref()
        .is_err_and(|error| error.problem_type() == Some(ProblemType::NotSignedIn))
}

/// True when the refresh token is not taken any more, which only signing in mends.
fn ends_session(error: &RequestError) -> bool {
    matches!(
        error.problem_type(),
        Some(ProblemType::SignInRefused | ProblemType::NotSignedIn | ProblemType::DeviceUnknown)
    )
}
