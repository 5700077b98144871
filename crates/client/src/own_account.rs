//! One's own account: sessions, password, and showing again who one is before a dangerous act.

use clausa_api::password::PasswordRequest;
use clausa_api::session::{EndedSessions, Session, SessionList};
use clausa_api::step_up::{StepUpRequest, StepUpState};
use clausa_api::token::{LoginRequest, LoginState};
use clausa_api::{Bytes, paths};
use clausa_core::address::Address;
use clausa_core::origin::Origin;
use zeroize::Zeroizing;

use crate::client::Client;
use crate::error::{AccountError, LoginError, RequestError};
use crate::login::Verifier;
use crate::transport::{Call, Credentials};

/// A mailed code by which the person will show again who he is. It lives in this process alone.
pub struct MailedProof {
    client: Client,
    origin: Origin,
    address: Address,
    login: String,
    verifier: Verifier,
}

impl Client {
    /// What is signed in as oneself, clients and browsers, the newest first.
    ///
    /// # Errors
    ///
    /// [`AccountError`].
    pub async fn sessions(&self) -> Result<Vec<Session>, AccountError> {
        let origin = self.signed_in_origin().await?;
        let list: SessionList = self.call_as_account(&origin, &Call::get(paths::SESSIONS)).await?;
        Ok(list.sessions)
    }

    /// Ends one of one's sessions.
    ///
    /// # Errors
    ///
    /// [`AccountError::NotFound`] when it is not one of one's own.
    pub async fn end_own_session(&self, id: &str) -> Result<(), AccountError> {
        let origin = self.signed_in_origin().await?;
        let call = Call::delete(paths::fill(paths::SESSION, id));
        self.call_as_account_for_nothing(&origin, &call)
            .await
            .map_err(|error| AccountError::or_not_found(error, format!("the session {id}")))
    }

    /// Ends all of one's sessions but this one. Asks for a fresh proof ([`Client::step_up_state`]). How many ended.
    ///
    /// # Errors
    ///
    /// [`AccountError`].
    pub async fn end_other_sessions(&self) -> Result<u64, AccountError> {
        let origin = self.signed_in_origin().await?;
        let answer: EndedSessions = self
            .call_as_account(&origin, &Call::delete(paths::SESSIONS))
            .await?;
        Ok(answer.ended)
    }

    /// Sets or changes one's password, which ends all other sessions. Asks for a fresh proof. How many ended.
    ///
    /// # Errors
    ///
    /// [`AccountError`].
    pub async fn set_password(&self, new: &str) -> Result<u64, AccountError> {
        let request = PasswordRequest {
            password: new.to_owned(),
        };
        let call = Call::put(paths::PASSWORD, &request)?;
        let origin = self.signed_in_origin().await?;
        let answer: EndedSessions = self.call_as_account(&origin, &call).await?;
        Ok(answer.ended)
    }

    /// Takes one's password away, which ends all other sessions. Asks for a fresh proof. How many ended.
    ///
    /// # Errors
    ///
    /// [`AccountError`].
    pub async fn remove_password(&self) -> Result<u64, AccountError> {
        let origin = self.signed_in_origin().await?;
        let answer: EndedSessions = self
            .call_as_account(&origin, &Call::delete(paths::PASSWORD))
            .await?;
        Ok(answer.ended)
    }

    /// Whether acts that ask for a fresh proof are allowed now, and by what it can be shown again who one is.
    ///
    /// # Errors
    ///
    /// [`AccountError`].
    pub async fn step_up_state(&self) -> Result<StepUpState, AccountError> {
        let origin = self.signed_in_origin().await?;
        Ok(self.call_as_account(&origin, &Call::get(paths::STEP_UP)).await?)
    }

    /// Shows again who one is, with the password.
    ///
    /// # Errors
    ///
    /// [`LoginError::Refused`] when it is not right.
    pub async fn step_up_with_password(&self, password: &str) -> Result<StepUpState, LoginError> {
        let request = StepUpRequest {
            password: Some(password.to_owned()),
            ..StepUpRequest::default()
        };
        self.show(&request).await
    }

    /// Shows again who one is, with a code of the authenticator or a recovery code.
    ///
    /// # Errors
    ///
    /// [`LoginError::Refused`] when it is not right.
    pub async fn step_up_with_one_time_code(&self, code: &str) -> Result<StepUpState, LoginError> {
        let request = StepUpRequest {
            one_time_code: Some(code.trim().to_owned()),
            ..StepUpRequest::default()
        };
        self.show(&request).await
    }

    /// Has a code mailed to one's own address, by which to show again who one is.
    ///
    /// # Errors
    ///
    /// [`LoginError`].
    pub async fn step_up_by_mail(&self) -> Result<MailedProof, LoginError> {
        let origin = self.signed_in_origin().await?;
        let account = self.signed_in_at(&origin).await?;
        let address = account.identity.addresses.into_iter().next();
        let address = address.ok_or_else(|| RequestError::NotSignedIn {
            origin: origin.clone(),
        })?;
        let verifier = Verifier::draw()?;
        let request = LoginRequest {
            address: address.to_string(),
            challenge: Bytes(verifier.challenge().to_vec()),
        };
        let call = Call::post(paths::LOGINS, &request)?;
        let state: LoginState = self.transport(&origin)?.call(&call, Credentials::None).await?;
        Ok(MailedProof {
            client: self.clone(),
            origin,
            address,
            login: state.id,
            verifier,
        })
    }

    async fn show(&self, request: &StepUpRequest) -> Result<StepUpState, LoginError> {
        let origin = self.signed_in_origin().await?;
        let call = Call::post(paths::STEP_UP, request)?;
        Ok(self.call_as_account(&origin, &call).await?)
    }

    pub(crate) async fn signed_in_origin(&self) -> Result<Origin, RequestError> {
        let origin = self.authority().await?.origin;
        self.signed_in_at(&origin).await?;
        Ok(origin)
    }
}

impl MailedProof {
    /// The address the mail went to.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Shows the mailed code; spaces and hyphens are ignored.
    ///
    /// # Errors
    ///
    /// [`LoginError::CodeWrong`], [`LoginError::CodeVoid`] and others.
    pub async fn submit_code(&self, code: &str) -> Result<StepUpState, LoginError> {
        let verifier: Zeroizing<Vec<u8>> = Zeroizing::new(self.verifier.as_bytes().to_vec());
        let request = StepUpRequest {
            login: Some(self.login.clone()),
            verifier: Some(Bytes(verifier.to_vec())),
            code: Some(code.trim().to_owned()),
            ..StepUpRequest::default()
        };
        let call = Call::post(paths::STEP_UP, &request)?;
        Ok(self.client.call_as_account(&self.origin, &call).await?)
    }
}
