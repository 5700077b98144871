//! Signing in: by a mailed code, by password, or with the browser.

use clausa_core::address::Address;
use clausa_core::origin::Origin;
use clausa_core::time::Timestamp;

use crate::account::WhoAmI;
use crate::client::Client;
use crate::error::LoginError;
use crate::profile::Waiting;

/// A sign-in that waits for the mailed code.
#[derive(Debug)]
pub struct LoginFlow {
    client: Client,
    origin: Origin,
    address: Address,
    expires: Timestamp,
    waiting: Option<Waiting>,
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
    /// # Errors
    ///
    /// [`LoginError`].
    pub async fn login_with_code(&self, address: &str, waiting: Option<Waiting>) -> Result<LoginFlow, LoginError> {
        let _ = (address, waiting);
        todo!()
    }

    /// Goes on with the sign-in that another call or process began at the chosen authority, if there is one.
    ///
    /// # Errors
    ///
    /// [`LoginError::Profile`].
    pub async fn resume_login(&self) -> Result<Option<LoginFlow>, LoginError> {
        todo!()
    }

    /// Signs in with a password.
    ///
    /// # Errors
    ///
    /// [`LoginError::Refused`] when address and password do not go together.
    pub async fn login_with_password(&self, address: &str, password: &str) -> Result<SignedIn, LoginError> {
        let _ = (address, password);
        todo!()
    }

    /// Signs in with the browser: opens a door on 127.0.0.1, gives the address of the authority's sign-in page to
    /// `open_browser`, and waits at most five minutes for the person to come back (RFC 8252, RFC 7636).
    ///
    /// # Errors
    ///
    /// [`LoginError::BrowserRefused`], [`LoginError::BrowserTimedOut`] and others.
    pub async fn login_in_browser(
        &self,
        open_browser: impl FnOnce(&str) + Send,
    ) -> Result<SignedIn, LoginError> {
        open_browser("");
        todo!()
    }
}

impl LoginFlow {
    /// The address the mail went to, if there is an account.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The authority.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// When the code stops working.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// The file to come back to.
    pub fn waiting(&self) -> Option<&Waiting> {
        self.waiting.as_ref()
    }

    /// Shows the mailed code and signs in; spaces and hyphens are ignored.
    ///
    /// # Errors
    ///
    /// [`LoginError::CodeWrong`], [`LoginError::CodeVoid`] and others.
    pub async fn submit_code(&mut self, code: &str) -> Result<SignedIn, LoginError> {
        let _ = (&self.client, code);
        todo!()
    }
}
