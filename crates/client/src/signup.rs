//! Signing up: address, mail proof, "one last thing", account, device.
//!
//! Every step is kept in the profile, so that another process can go on where one stopped.

use clausa_api::signup::{
    ContinueRequest, Handover, ProfileRequest, ProofRequest, SignupDone, SignupRequest, SignupState,
    SignupStep, VerifierRequest,
};
use clausa_api::token::GRANT_SIGNUP;
use clausa_api::{Bytes, ProblemType, paths};
use clausa_core::origin::Origin;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::account::WhoAmI;
use crate::background::blocking;
use crate::client::Client;
use crate::error::{LoginError, ProfileError, RequestError, SignupError};
use crate::login::{Grant, Verifier, is_refused};
use crate::profile::{PendingSignup, Waiting};
use crate::protect::address_from_text;
use crate::secrets::Begun;
use crate::transport::{Call, Credentials};

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
        let address = address_from_text(address)?;
        let origin = self.authority().await?.origin;
        let verifier = Verifier::draw()?;
        let request = SignupRequest {
            address: address.to_string(),
            challenge: Bytes(verifier.challenge().to_vec()),
            waiting: waiting.as_ref().map(|waiting| waiting.content_id),
        };
        let call = Call::post(paths::SIGNUPS, &request)?;
        let state: SignupState = self.transport(&origin)?.call(&call, Credentials::None).await?;
        Ok(self.keep_signup(origin, state, verifier, waiting).await?)
    }

    /// Goes on with a sign-up that was begun elsewhere, on a page or by another installation, and waits for its code.
    /// `token` is what was shown there ([`SignupFlow::hand_over`]); from now on it goes on here alone. A sign-up begun
    /// before at the same authority is given up.
    ///
    /// # Errors
    ///
    /// [`SignupError::CodeVoid`] when the token was used, is too old or is none.
    pub async fn continue_signup(
        &self,
        token: &str,
        waiting: Option<Waiting>,
    ) -> Result<SignupFlow, SignupError> {
        let origin = self.authority().await?.origin;
        let verifier = Verifier::draw()?;
        let request = ContinueRequest {
            token: token.trim().to_owned(),
            challenge: Bytes(verifier.challenge().to_vec()),
        };
        let call = Call::post(paths::SIGNUPS_CONTINUE, &request)?;
        let state: SignupState = self.transport(&origin)?.call(&call, Credentials::None).await?;
        Ok(self.keep_signup(origin, state, verifier, waiting).await?)
    }

    async fn keep_signup(
        &self,
        origin: Origin,
        state: SignupState,
        verifier: Verifier,
        waiting: Option<Waiting>,
    ) -> Result<SignupFlow, ProfileError> {
        let pending = PendingSignup {
            id: state.id.clone(),
            address: state.address.clone(),
            waiting: waiting.clone(),
        };
        let (client, of) = (self.clone(), origin.clone());
        blocking(move || {
            client
                .secrets()
                .put_verifier(Begun::Signup, &of, verifier.as_bytes())?;
            client.profile().change_pendings(|pendings| {
                pendings.signups.insert(of, pending);
            })
        })
        .await?;
        Ok(SignupFlow {
            client: self.clone(),
            origin,
            state,
            waiting,
        })
    }

    /// Goes on with the sign-up that another call or process began at the chosen authority, if there is one that the
    /// authority still knows.
    ///
    /// # Errors
    ///
    /// [`SignupError`] when the authority cannot be asked for its state.
    pub async fn resume_signup(&self) -> Result<Option<SignupFlow>, SignupError> {
        let origin = self.authority().await?.origin;
        let (client, of) = (self.clone(), origin.clone());
        let kept = blocking(move || {
            let pending = client.profile().pendings()?.signups.get(&of).cloned();
            let verifier = client.secrets().verifier(Begun::Signup, &of)?;
            Ok::<_, ProfileError>(pending.zip(verifier))
        })
        .await?;
        let Some((pending, verifier)) = kept else {
            return Ok(None);
        };
        let verifier = Bytes(verifier.to_vec());
        match self.signup_state(&origin, &pending.id, verifier).await {
            Ok(state) => Ok(Some(SignupFlow {
                client: self.clone(),
                origin,
                state,
                waiting: pending.waiting,
            })),
            Err(error) if error.problem_type() == Some(ProblemType::NotFound) => {
                self.forget_signup(&origin).await?;
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn signup_state(
        &self,
        origin: &Origin,
        id: &str,
        verifier: Bytes,
    ) -> Result<SignupState, RequestError> {
        let request = VerifierRequest { verifier };
        let call = Call::post(paths::fill(paths::SIGNUP_STATE, id), &request)?.idempotent();
        self.transport(origin)?.call(&call, Credentials::None).await
    }

    async fn forget_signup(&self, origin: &Origin) -> Result<(), ProfileError> {
        let (client, of) = (self.clone(), origin.clone());
        blocking(move || {
            client.secrets().remove_verifier(Begun::Signup, &of)?;
            client.profile().change_pendings(|pendings| {
                pendings.signups.remove(&of);
            })
        })
        .await
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
        let request = ProofRequest {
            verifier: self.verifier().await?,
            code: code.trim().to_owned(),
        };
        self.advance(paths::SIGNUP_PROOF, &request).await
    }

    /// Has the mail sent again, with a new code.
    ///
    /// # Errors
    ///
    /// [`SignupError`]; the authority limits how often.
    pub async fn resend(&mut self) -> Result<&SignupState, SignupError> {
        let request = VerifierRequest {
            verifier: self.verifier().await?,
        };
        self.step(paths::SIGNUP_MAIL, &request).await?;
        Ok(&self.state)
    }

    /// Draws the token by which a browser or another installation goes on with this sign-up while it waits for its code.
    /// Nothing changes until it is used; then this flow is over.
    ///
    /// # Errors
    ///
    /// [`SignupError::OutOfOrder`] when the address is proven already.
    pub async fn hand_over(&self) -> Result<Handover, SignupError> {
        let request = VerifierRequest {
            verifier: self.verifier().await?,
        };
        let path = paths::fill(paths::SIGNUP_HANDOVER, &self.state.id);
        let call = Call::post(path, &request)?.idempotent();
        Ok(self
            .client
            .transport(&self.origin)?
            .call(&call, Credentials::None)
            .await?)
    }

    /// Says one's name and makes the account; then signs in and enrols this device. When the account exists already
    /// ([`SignupStep::Done`], because an earlier call got that far) it only signs in.
    ///
    /// # Errors
    ///
    /// [`SignupError`]. After [`SignupError::SessionLost`] the account exists: sign in.
    pub async fn complete_profile(&mut self, profile: SignupProfile) -> Result<SignedUp, SignupError> {
        if !matches!(self.state.next, SignupStep::Done(_)) {
            let request = ProfileRequest {
                verifier: self.verifier().await?,
                first_name: profile.first_name,
                last_name: profile.last_name,
                password: profile.password.map(|password| password.to_string()),
            };
            self.advance(paths::SIGNUP_PROFILE, &request).await?;
        }
        let SignupStep::Done(done) = self.state.next.clone() else {
            return Err(SignupError::OutOfOrder);
        };
        let identity = self.begin_session().await?;
        self.client.forget_signup(&self.origin).await?;
        Ok(SignedUp {
            done,
            identity,
            waiting: self.waiting.clone(),
        })
    }

    /// Gives up: the profile forgets the sign-up. The authority forgets it by itself.
    ///
    /// # Errors
    ///
    /// [`SignupError::Profile`].
    pub async fn abandon(self) -> Result<(), SignupError> {
        Ok(self.client.forget_signup(&self.origin).await?)
    }

    async fn begin_session(&self) -> Result<WhoAmI, SignupError> {
        let authority = self.client.trusted(&self.origin).await?;
        let verifier = self.verifier().await?;
        let text = Zeroizing::new(verifier.to_text());
        let fields = [
            ("grant_type", GRANT_SIGNUP),
            ("signup", self.state.id.as_str()),
            ("verifier", text.as_str()),
        ];
        let grant = Grant {
            fields: &fields,
            address: Some(&self.state.address),
        };
        match self.client.establish(&authority, grant).await {
            Ok(identity) => Ok(identity),
            Err(LoginError::Profile(error)) => Err(error.into()),
            Err(LoginError::Request(error)) if !is_refused(&error) => Err(SignupError::Request(error)),
            // The grant works once. It was used, and the answer was lost on the way.
            Err(error) => {
                self.client.forget_signup(&self.origin).await?;
                Err(SignupError::SessionLost(Box::new(error)))
            }
        }
    }

    /// A step that can be made once. When the connection breaks, the state tells whether it was made.
    async fn advance(&mut self, path: &str, request: &impl Serialize) -> Result<&SignupState, SignupError> {
        for _ in 1..self.client.inner.options.tries {
            match self.step(path, request).await {
                Ok(()) => return Ok(&self.state),
                Err(SignupError::Request(RequestError::Interrupted { .. })) => {}
                Err(error) => return Err(error),
            }
            let verifier = self.verifier().await?;
            let state = self
                .client
                .signup_state(&self.origin, &self.state.id, verifier)
                .await?;
            if std::mem::discriminant(&state.next) != std::mem::discriminant(&self.state.next) {
                self.state = state;
                return Ok(&self.state);
            }
        }
        self.step(path, request).await?;
        Ok(&self.state)
    }

    async fn step(&mut self, path: &str, request: &impl Serialize) -> Result<(), SignupError> {
        let call = Call::post(paths::fill(path, &self.state.id), request)?;
        let answer: Result<SignupState, RequestError> = self
            .client
            .transport(&self.origin)?
            .call(&call, Credentials::None)
            .await;
        self.state = answer?;
        Ok(())
    }

    async fn verifier(&self) -> Result<Bytes, SignupError> {
        let (client, of) = (self.client.clone(), self.origin.clone());
        let verifier = blocking(move || client.secrets().verifier(Begun::Signup, &of)).await?;
        // Another process has finished or given up this sign-up.
        verifier
            .map(|verifier| Bytes(verifier.to_vec()))
            .ok_or(SignupError::OutOfOrder)
    }
}
