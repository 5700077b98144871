//! Signing in: by a mailed code, by password, or with the browser.

use clausa_api::token::{GRANT_MAIL_CODE, GRANT_PASSWORD, LoginRequest, LoginState};
use clausa_api::{Bytes, ProblemType, paths};
use clausa_core::address::Address;
use clausa_core::origin::Origin;
use clausa_core::time::Timestamp;

use crate::account::WhoAmI;
use crate::background::blocking;
use crate::client::Client;
use crate::error::{LoginError, RequestError};
use crate::profile::{PendingLogin, Waiting};
use crate::protect::address_from_text;
use crate::secrets::Begun;
use crate::transport::{Call, Credentials};

pub(crate) use establish::Grant;
pub use second_factor::SecondFactor;
pub(crate) use verifier::Verifier;

mod browser;
mod establish;
mod loopback;
mod second_factor;
mod verifier;

/// A sign-in that waits for the mailed code.
#[derive(Debug)]
pub struct LoginFlow {
    client: Client,
    origin: Origin,
    pending: PendingLogin,
}

/// A finished sign-in: this device is signed in and enrolled.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who is signed in now, and where this device keeps its keys.
    pub identity: WhoAmI,
    /// The file to come back to.
    pub waiting: Option<Waiting>,
}

impl Client {
    /// Asks for a sign-in code by mail. The answer is the same whether or not there is an account (SEC-80).
    ///
    /// `waiting` is what the person was trying to open; it is kept and given back at the end.
    ///
    /// # Errors
    ///
    /// [`LoginError`].
    pub async fn login_with_code(
        &self,
        address: &str,
        waiting: Option<Waiting>,
    ) -> Result<LoginFlow, LoginError> {
        let address = address_from_text(address)?;
        let origin = self.authority().await?.origin;
        let verifier = Verifier::draw()?;
        let request = LoginRequest {
            address: address.to_string(),
            challenge: Bytes(verifier.challenge().to_vec()),
        };
        let call = Call::post(paths::LOGINS, &request)?;
        let state: LoginState = self.transport(&origin)?.call(&call, Credentials::None).await?;
        let expires = Timestamp::from_seconds(state.expires);
        let pending = PendingLogin {
            id: state.id,
            address,
            expires,
            waiting,
        };
        let (client, of, kept) = (self.clone(), origin.clone(), pending.clone());
        blocking(move || {
            client
                .secrets()
                .put_verifier(Begun::Login, &of, verifier.as_bytes())?;
            client.profile().change_pendings(|pendings| {
                pendings.logins.insert(of, kept);
            })
        })
        .await?;
        Ok(LoginFlow {
            client: self.clone(),
            origin,
            pending,
        })
    }

    /// Goes on with the sign-in that another call or process began at the chosen authority, if there is one.
    ///
    /// # Errors
    ///
    /// [`LoginError::Profile`], or [`LoginError::Request`] when no authority is chosen.
    pub async fn resume_login(&self) -> Result<Option<LoginFlow>, LoginError> {
        let origin = self.authority().await?.origin;
        let client = self.clone();
        let pendings = blocking(move || client.profile().pendings()).await?;
        let pending = pendings.logins.get(&origin).cloned();
        Ok(pending.map(|pending| LoginFlow {
            client: self.clone(),
            origin,
            pending,
        }))
    }

    /// Signs in with a password.
    ///
    /// # Errors
    ///
    /// [`LoginError::Refused`] when address and password do not go together.
    pub async fn login_with_password(&self, address: &str, password: &str) -> Result<SignedIn, LoginError> {
        let address = address_from_text(address)?;
        let authority = self.authority().await?;
        let fields = [
            ("grant_type", GRANT_PASSWORD),
            ("address", address.as_str()),
            ("password", password),
        ];
        let identity = self
            .establish(
                &authority,
                Grant {
                    fields: &fields,
                    address: Some(&address),
                },
            )
            .await?;
        Ok(SignedIn {
            identity,
            waiting: None,
        })
    }
}

impl LoginFlow {
    /// The address the mail went to, if there is an account.
    pub fn address(&self) -> &Address {
        &self.pending.address
    }

    /// The authority.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// When the code stops working.
    pub fn expires(&self) -> Timestamp {
        self.pending.expires
    }

    /// The file to come back to.
    pub fn waiting(&self) -> Option<&Waiting> {
        self.pending.waiting.as_ref()
    }

    /// Shows the mailed code and signs in; spaces and hyphens are ignored.
    ///
    /// # Errors
    ///
    /// [`LoginError::CodeWrong`], [`LoginError::CodeVoid`] and others.
    pub async fn submit_code(&self, code: &str) -> Result<SignedIn, LoginError> {
        let authority = self.client.trusted(&self.origin).await?;
        let (client, of) = (self.client.clone(), self.origin.clone());
        let verifier = blocking(move || client.secrets().verifier(Begun::Login, &of)).await?;
        // The profile was copied without its secrets, or another process has finished this sign-in.
        let verifier = Verifier::kept(verifier.ok_or(LoginError::CodeVoid)?).text();
        let fields = [
            ("grant_type", GRANT_MAIL_CODE),
            ("login", self.pending.id.as_str()),
            ("code", code.trim()),
            ("verifier", verifier.as_str()),
        ];
        let grant = Grant {
            fields: &fields,
            address: Some(&self.pending.address),
        };
        let outcome = self.client.establish(&authority, grant).await;
        // With a second factor to come, the mailed code has done its work.
        let is_over = matches!(
            outcome,
            Ok(_) | Err(LoginError::CodeVoid | LoginError::SecondFactorNeeded(_))
        );
        if is_over {
            self.forget().await?;
        }
        Ok(SignedIn {
            identity: outcome?,
            waiting: self.pending.waiting.clone(),
        })
    }

    async fn forget(&self) -> Result<(), LoginError> {
        let (client, of) = (self.client.clone(), self.origin.clone());
        blocking(move || {
            client.secrets().remove_verifier(Begun::Login, &of)?;
            client.profile().change_pendings(|pendings| {
                pendings.logins.remove(&of);
            })
        })
        .await?;
        Ok(())
    }
}

/// True when the authority does not accept what was shown to begin a session.
pub(crate) fn is_refused(error: &RequestError) -> bool {
    matches!(
        error.problem_type(),
        Some(ProblemType::SignInRefused | ProblemType::CodeVoid | ProblemType::NotFound)
    )
}
