//! Signing up: address, mail proof, "one last thing", account, device.
//!
//! Every step is kept in the profile, so that another process can go on where one stopped.

use clausa_api::signup::{SignupDone, SignupState};
use clausa_core::origin::Origin;
use zeroize::Zeroizing;

use crate::account::WhoAmI;
use crate::client::Client;
use crate::error::SignupError;
use crate::profile::Waiting;

/// A sign-up that has begun.
#[derive(Debug)]
pub struct SignupFlow {
    client: Client,
    origin: Origin,
    state: SignupState,
    waiting: Option<Waiting>,
}

/// "One last thing". Everything is optional for somebody who only wants to read.
#[derive(Default)]
pub struct SignupProfile {
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// A password for signing in without a mailed code.
    pub password: Option<Zeroizing<String>>,
}

/// A finished sign-up: the account exists, this device is signed in and enrolled.
#[derive(Debug, Clone)]
pub struct SignedUp {
    /// What the sign-up made.
    pub done: SignupDone,
    /// Who is signed in now, and where this device keeps its keys.
    pub identity: WhoAmI,
    /// The file to come back to.
    pub waiting: Option<Waiting>,
}

impl Client {
    /// Begins a sign-up at the chosen authority: a mail with a code goes to `address`. A sign-up begun before at the
    /// same authority is given up.
    ///
    /// `waiting` is what the person was trying to open; it is kept and given back at the end.
    ///
    /// # Errors
    ///
    /// [`SignupError`], among others [`SignupError::AccountExists`].
    pub async fn signup(&self, address: &str, waiting: Option<Waiting>) -> Result<SignupFlow, SignupError> {
        let _ = (address, waiting);
        todo!()
    }

    /// Goes on with the sign-up that another call or process began at the chosen authority, if there is one.
    ///
    /// # Errors
    ///
    /// [`SignupError`] when the authority cannot be asked for its state.
    pub async fn resume_signup(&self) -> Result<Option<SignupFlow>, SignupError> {
        todo!()
    }
}

impl SignupFlow {
    /// Where the sign-up stands and what comes next.
    pub fn state(&self) -> &SignupState {
        &self.state
    }

    /// The authority.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The file to come back to.
    pub fn waiting(&self) -> Option<&Waiting> {
        self.waiting.as_ref()
    }

    /// Proves the address with the mailed code; spaces and hyphens are ignored.
    ///
    /// # Errors
    ///
    /// [`SignupError::CodeWrong`] with the tries left, [`SignupError::CodeVoid`] when there are none.
    pub async fn submit_code(&mut self, code: &str) -> Result<&SignupState, SignupError> {
        let _ = code;
        todo!()
    }

    /// Has the mail sent again, with a new code.
    ///
    /// # Errors
    ///
    /// [`SignupError`]; the authority limits how often.
    pub async fn resend(&mut self) -> Result<&SignupState, SignupError> {
        todo!()
    }

    /// Says one's name and makes the account; then signs in and enrols this device.
    ///
    /// # Errors
    ///
    /// [`SignupError`]. After [`SignupError::SessionLost`] the account exists: sign in.
    pub async fn complete_profile(&mut self, profile: SignupProfile) -> Result<SignedUp, SignupError> {
        let _ = (&self.client, profile);
        todo!()
    }

    /// Gives up: the profile forgets the sign-up. The authority forgets it by itself.
    ///
    /// # Errors
    ///
    /// [`SignupError::Profile`].
    pub async fn abandon(self) -> Result<(), SignupError> {
        todo!()
    }
}
