//! Asking for use licences over and over with everything in memory: what a load generator does, and a service that opens
//! many files for one account.
//!
//! A [`LicenceAsker`] makes the calls that [`Client::open`] makes, with the same proofs, and holds the answers against
//! the same questions. It keeps no licence, reads no file twice, and tries nothing again unless it is told to, so that
//! what it measures is one request.

use std::path::Path;
use std::time::Duration;

use clausa_api::licence::{LicenceAnswer, LicencePurpose, LicenceRequest, LicencesAnswer, LicencesRequest};
use clausa_api::{Bytes, paths};
use clausa_core::certificate::TrustAnchors;
use clausa_core::id::{AccountId, ContentId, DeviceThumbprint};
use clausa_core::open::{OpenGrant, VerifiedHeader};
use clausa_core::random::Randomness as _;
use clausa_core::use_licence::{Expected, NONCE_LENGTH, UseLicence};
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

use crate::client::Client;
use crate::error::{OpenError, RequestError};
use crate::file::Source;
use crate::origins::TrustedAuthority;
use crate::secrets::{DeviceKeys, SessionTokens};
use crate::session::RENEW_BEFORE_SECONDS;
use crate::transport::{Call, Credentials, Transport, internal};

/// How long a call for many licences may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// One signed-in device that asks for licences.
pub struct LicenceAsker {
    client: Client,
    authority: TrustedAuthority,
    anchors: TrustAnchors,
    transport: Transport,
    keys: DeviceKeys,
    device: DeviceThumbprint,
    account: AccountId,
    tokens: Mutex<SessionTokens>,
    tries_again: bool,
}

/// A protected file as far as a licence is asked for it: its publishing licence, verified.
#[derive(Debug, Clone)]
pub struct LicensableFile {
    header: VerifiedHeader,
}

impl LicensableFile {
    /// The file.
    pub fn content_id(&self) -> ContentId {
        self.header.licence().content_id()
    }
}

impl Client {
    /// An asker at the chosen authority, for the account that is signed in there.
    ///
    /// # Errors
    ///
    /// [`RequestError`] when nobody is signed in, or the device could not be enrolled.
    pub async fn licence_asker(&self) -> Result<LicenceAsker, RequestError> {
        let authority = self.chosen_authority()?;
        let (account, _) = self.enrolled_account(&authority).await?;
        let keys = self.device_keys(&authority.origin).await?;
        let transport = self.transport(&authority.origin)?;
        let tokens = self.usable_tokens(&transport, &keys).await?;
        Ok(LicenceAsker {
            client: self.clone(),
            anchors: authority.anchors(),
            authority,
            transport,
            keys,
            device: account.device,
            account: account.identity.account,
            tokens: Mutex::new(tokens),
            tries_again: false,
        })
    }

    /// Reads the header of a protected file and verifies it.
    ///
    /// # Errors
    ///
    /// [`OpenError`], as [`Client::open`] before it asks anybody.
    pub async fn licensable_file(&self, path: &Path) -> Result<LicensableFile, OpenError> {
        let located = self.locate(Source::file(path)).await?;
        Ok(LicensableFile {
            header: located.header,
        })
    }
}

impl LicenceAsker {
    /// Makes a call again when the authority is busy or a connection breaks, as [`Client::open`] does, and as often as
    /// [`ClientOptions::tries`](crate::ClientOptions::tries) says.
    #[must_use]
    pub fn persistent(mut self) -> Self {
        self.tries_again = true;
        self
    }

    /// Asks for a licence to open `file`, verifies it and takes the content key out of it.
    ///
    /// # Errors
    ///
    /// [`OpenError::Request`] when there is no answer or a refusal, [`OpenError::LicenceRefused`] when the answer does not
    /// fit the question.
    pub async fn ask(&self, file: &LicensableFile) -> Result<OpenGrant, OpenError> {
        let (nonce, request) = self.question(file)?;
        let call = Call::post(paths::LICENCES, &request)?;
        let answer: LicenceAnswer = self.call(call).await?;
        self.check(file, nonce, &answer)
    }

    /// Asks for licences to open all of `files` in one call; each is answered for itself.
    ///
    /// # Errors
    ///
    /// [`RequestError`] when the call as a whole was not answered.
    pub async fn ask_for_all(
        &self,
        files: &[&LicensableFile],
    ) -> Result<Vec<Result<OpenGrant, OpenError>>, RequestError> {
        let mut nonces = Vec::with_capacity(files.len());
        let mut licences = Vec::with_capacity(files.len());
        for file in files {
            let (nonce, request) = self.question(file)?;
            nonces.push(nonce);
            licences.push(request);
        }
        let call = Call::post(paths::LICENCES_BATCH, &LicencesRequest { licences })?.patience(PATIENCE);
        let answer: LicencesAnswer = self.call(call).await?;
        if answer.results.len() != files.len() {
            return Err(self
                .transport
                .bad_answer("it answers for another number of files".to_owned()));
        }
        let results = answer.results.into_iter().zip(files.iter().zip(nonces));
        Ok(results
            .map(|(result, (file, nonce))| match (result.licence, result.problem) {
                (Some(answer), None) => self.check(file, nonce, &answer),
                (None, Some(problem)) => Err(self.transport.refused(problem).into()),
                _ => Err(self
                    .transport
                    .bad_answer("it neither gives nor refuses a licence".to_owned())
                    .into()),
            })
            .collect())
    }

    fn question(&self, file: &LicensableFile) -> Result<([u8; NONCE_LENGTH], LicenceRequest), RequestError> {
        let mut nonce = [0; NONCE_LENGTH];
        self.client.rng().fill(&mut nonce).map_err(internal)?;
        let request = LicenceRequest {
            publishing_licence: Bytes(file.header.licence().bytes().to_vec()),
            nonce: Bytes(nonce.to_vec()),
            purpose: LicencePurpose::Open,
        };
        Ok((nonce, request))
    }

    async fn call<T: DeserializeOwned>(&self, call: Call) -> Result<T, RequestError> {
        let call = match self.tries_again {
            // A licence more is all that comes of asking twice.
            true => call.idempotent(),
            false => call,
        };
        let token = self.token().await?;
        self.transport
            .call(&call, Credentials::Token(&self.keys, &token))
            .await
    }

    /// The access token, renewed in time.
    async fn token(&self) -> Result<String, RequestError> {
        let mut tokens = self.tokens.lock().await;
        if tokens.expires <= self.client.clock().now().plus_seconds(RENEW_BEFORE_SECONDS) {
            *tokens = self.client.usable_tokens(&self.transport, &self.keys).await?;
        }
        Ok(tokens.access_token.clone())
    }

    /// Holds the answer against the question (SEC-39, SEC-49) and opens it with the device's key.
    fn check(
        &self,
        file: &LicensableFile,
        nonce: [u8; NONCE_LENGTH],
        answer: &LicenceAnswer,
    ) -> Result<OpenGrant, OpenError> {
        let now = self.client.clock().now();
        let expected = Expected {
            anchors: &self.anchors,
            device: self.device,
            subject: self.account,
            nonce: Some(nonce),
            minimum_epoch: 0,
            clock_floor: clausa_core::time::Timestamp::default(),
            now,
        };
        let refused = |source: Box<dyn std::error::Error + Send + Sync>| OpenError::LicenceRefused {
            origin: self.authority.origin.clone(),
            source,
        };
        UseLicence::parse_verify(
            &answer.use_licence.0,
            &answer.certificate.0,
            &file.header,
            &expected,
        )
        .map_err(|error| refused(Box::new(error)))?
        .unseal(&self.keys.decryption)
        .map_err(|error| refused(Box::new(error)))
    }
}

impl std::fmt::Debug for LicenceAsker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LicenceAsker")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}
