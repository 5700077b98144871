//! Who is this? Answered by a mailed code or by a password, for the token endpoint and for the pages alike.

use clausa_core::address::Address;
use clausa_core::id::{AccountId, TenantId};
use clausa_core::random::RandomnessFailed;
use clausa_store::record::account::{Account, AccountState};
use clausa_store::record::challenge::{ChallengePurpose, CodeAttempt, CodeTry};
use clausa_store::record::hash::VerifierHash;
use clausa_store::record::ident::ChallengeId;
use clausa_store::record::micros::Micros;
use clausa_store::record::proof::{Factor, Factors, Proof};
use clausa_store::record::secret::Secret;
use clausa_store::repo::UnitOfWork;
use clausa_store::{Permit, StoreError, SystemAct};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::addresses;
use super::failure::{Failure, failures};
use super::limit;
use super::mailed_code::{self, Code};
use super::passwords::HashError;
use super::second_factor;
use crate::limits::Limited;
use crate::request::RequestContext;
use crate::state::AppState;

/// Somebody who has just shown who he is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The account; it is in use.
    pub account: AccountId,
    /// Its tenant.
    pub tenant: TenantId,
    /// The address he went by.
    pub address: Address,
    /// When and how he showed it.
    pub proof: Proof,
}

/// Why somebody is not signed in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// A field that this grant needs is missing or malformed.
    #[error("{0}")]
    Malformed(&'static str),
    /// It is not right; what, is not said.
    #[error("signing in was refused")]
    Refused,
    /// The first factor was right; the account asks for a second.
    #[error("a second factor is needed")]
    SecondFactor {
        /// Names the sign-in, to whoever got it alone.
        ticket: String,
    },
    /// The code is wrong.
    #[error("the code is wrong")]
    CodeWrong {
        /// Wrong codes that may still be typed.
        tries_left: u8,
    },
    /// The code works no more.
    #[error("the code works no more")]
    CodeVoid,
    /// The password could not be checked now.
    #[error("the password cannot be checked")]
    Hash(#[from] HashError),
    /// Something else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

failures!(SignInError: StoreError, RandomnessFailed);

/// A mailed code that somebody typed.
pub struct ShownCode {
    login: ChallengeId,
    verifier: VerifierHash,
    code: Code,
}

impl SignedIn {
    /// The permit for what the authority does while it signs this person in.
    pub fn permit(&self) -> Permit {
        Permit::system(SystemAct::SignIn(self.tenant))
    }

    fn new(account: &Account, address: Address, by: Factor, at: Micros) -> Self {
        Self {
            account: account.id,
            tenant: account.tenant,
            address,
            proof: Proof {
                at,
                by: Factors::of(by),
            },
        }
    }
}

impl ShownCode {
    /// Reads the three fields.
    ///
    /// # Errors
    ///
    /// [`SignInError::Malformed`] when the code has not eight digits. An id that cannot be one is merely unknown.
    pub fn read(login: &str, verifier: &[u8; 32], typed: &str) -> Result<Self, SignInError> {
        Ok(Self {
            login: login.parse().map_err(|_| SignInError::CodeVoid)?,
            verifier: VerifierHash::from_bytes(Sha256::digest(verifier).into()),
            code: Code::parse(typed).ok_or(SignInError::Malformed("the code has eight digits"))?,
        })
    }

    /// Tries the code as a first factor, for `holder`, inside the transaction that signs the person in. Return a refusal as an `Ok` of the
    /// transaction: the try it cost must be kept.
    ///
    /// # Errors
    ///
    /// The store's failure; refusals are in the inner result.
    pub async fn check(
        &self,
        state: &AppState,
        tx: &mut dyn UnitOfWork,
        network: &str,
        holder: &[u8; 32],
    ) -> Result<Result<SignedIn, SignInError>, SignInError> {
        match self.prove(state, tx, network).await? {
            Ok(who) => second_factor::gate(state, tx, who, holder).await,
            Err(refused) => Ok(Err(refused)),
        }
    }

    /// Tries the code alone: for a step-up.
    pub(super) async fn prove(
        &self,
        state: &AppState,
        tx: &mut dyn UnitOfWork,
        network: &str,
    ) -> Result<Result<SignedIn, SignInError>, SignInError> {
        let now = state.now_micros();
        let bucket = state.config().limits.login_per_network.into();
        if let Some(refused) = limit::take(tx, Limited::LoginNetwork, network, bucket, now).await? {
            return Ok(Err(refused.into()));
        }
        let attempt = CodeAttempt {
            challenge: self.login,
            purpose: ChallengePurpose::Login,
            verifier: self.verifier,
            code: self.code.mac(state.code_key(), self.login),
            at: now,
        };
        let challenge = match tx.try_code(&attempt).await? {
            CodeTry::Right(challenge) => challenge,
            CodeTry::Wrong { tries_left: 0 } | CodeTry::Void => return Ok(Err(SignInError::CodeVoid)),
            CodeTry::Wrong { tries_left } => return Ok(Err(SignInError::CodeWrong { tries_left })),
        };
        Ok(match active_account(tx, &challenge.address).await? {
            Some(account) => Ok(SignedIn::new(&account, challenge.address, Factor::MailCode, now)),
            None => Err(SignInError::Refused),
        })
    }
}

/// Checks a mailed code for the pages, where `holder` is the browser; the token endpoint does it in the transaction that
/// begins its session.
///
/// # Errors
///
/// [`SignInError`] when the code is wrong or void, its address has no account, or a limit is reached.
pub async fn by_mail_code(
    state: &AppState,
    code: ShownCode,
    holder: &[u8; 32],
    context: &RequestContext,
) -> Result<SignedIn, SignInError> {
    let input = (state.clone(), context.network(), code, *holder);
    state
        .store()
        .transact_with("signin.code", input, |(state, network, code, holder), tx| {
            Box::pin(async move { code.check(state, tx, network, holder).await })
        })
        .await?
}

/// Checks the second factor for the pages, where `holder` is the browser.
///
/// # Errors
///
/// As [`second_factor::check`].
pub async fn by_second_factor(
    state: &AppState,
    ticket: &str,
    code: Zeroizing<String>,
    holder: &[u8; 32],
    context: &RequestContext,
) -> Result<SignedIn, SignInError> {
    let input = (state.clone(), ticket.to_owned(), code, *holder, context.language);
    let who = state
        .store()
        .transact_with(
            "signin.second-factor",
            input,
            |(state, ticket, code, holder, language), tx| {
                Box::pin(
                    async move { second_factor::check(state, tx, ticket, holder, code, *language).await },
                )
            },
        )
        .await?;
    state.mail_queued();
    who
}

/// Checks a mailed code alone: for a step-up.
pub(super) async fn prove_mail_code(
    state: &AppState,
    code: ShownCode,
    context: &RequestContext,
) -> Result<SignedIn, SignInError> {
    let input = (state.clone(), context.network(), code);
    state
        .store()
        .transact_with("signin.prove-code", input, |(state, network, code), tx| {
            Box::pin(async move { code.prove(state, tx, network).await })
        })
        .await?
}

/// Checks an address and a password as a first factor, for `holder`.
///
/// # Errors
///
/// As the proof of a password; [`SignInError::SecondFactor`] when the account asks for a second.
pub async fn by_password(
    state: &AppState,
    address: &str,
    password: Zeroizing<String>,
    holder: &[u8; 32],
    context: &RequestContext,
) -> Result<SignedIn, SignInError> {
    let who = prove_password(state, address, password, context).await?;
    let input = (state.clone(), who, *holder);
    state
        .store()
        .transact_with("signin.gate", input, |(state, who, holder), tx| {
            Box::pin(async move { second_factor::gate(state, tx, who.clone(), holder).await })
        })
        .await?
}

/// Checks an address and a password alone. Unknown addresses and accounts without a password cost the same and are counted
/// the same as wrong passwords.
///
/// # Errors
///
/// [`SignInError::Refused`] whatever was wrong; [`Failure::RateLimited`] when too many were tried.
pub(super) async fn prove_password(
    state: &AppState,
    address: &str,
    password: Zeroizing<String>,
    context: &RequestContext,
) -> Result<SignedIn, SignInError> {
    let address = addresses::read(address).map_err(|_| SignInError::Refused)?;
    let input = (state.clone(), context.network(), address.clone());
    let found = state
        .store()
        .transact_with("signin.password", input, |(state, network, address), tx| {
            Box::pin(async move { find_password(state, network, address, tx).await })
        })
        .await??;
    let (account, stored) = match found {
        Some((account, stored)) => (Some(account), stored),
        None => (None, None),
    };
    let stored = stored.and_then(|stored| String::from_utf8(stored.expose().to_vec()).ok());
    let outdated_password = password.clone();
    let verification = state.passwords().verify(stored, password).await?;
    let (Some(account), true) = (account, verification.matches) else {
        return Err(SignInError::Refused);
    };
    let signed_in = SignedIn::new(&account, address, Factor::Password, state.now_micros());
    let renewed = match verification.outdated {
        true => Some(
            state
                .passwords()
                .hash(outdated_password, &mut state.randomness())
                .await?,
        ),
        false => None,
    };
    accept_password(state, &signed_in, renewed).await?;
    Ok(signed_in)
}

type FoundPassword = Option<(Account, Option<Secret>)>;

async fn find_password(
    state: &AppState,
    network: &str,
    address: &Address,
    tx: &mut dyn UnitOfWork,
) -> Result<Result<FoundPassword, SignInError>, SignInError> {
    let (limits, now) = (&state.config().limits, state.now_micros());
    let account_subject = mailed_code::subject_of(address);
    for (what, subject, limit) in [
        (Limited::LoginNetwork, network, limits.login_per_network),
        (
            Limited::LoginAccount,
            account_subject.as_str(),
            limits.login_per_account,
        ),
    ] {
        if let Some(refused) = limit::take(tx, what, subject, limit.into(), now).await? {
            return Ok(Err(refused.into()));
        }
    }
    let Some(account) = active_account(tx, address).await? else {
        return Ok(Ok(None));
    };
    let permit = Permit::system(SystemAct::SignIn(account.tenant));
    let stored = tx.password_hash(&permit, account.id).await?;
    Ok(Ok(Some((account, stored))))
}

/// The right password makes the wrong ones before it harmless, and a hash of older parameters is replaced.
async fn accept_password(
    state: &AppState,
    signed_in: &SignedIn,
    renewed: Option<String>,
) -> Result<(), SignInError> {
    let input = (
        signed_in.clone(),
        renewed.map(|hash| Secret::new(hash.into_bytes())),
    );
    state
        .store()
        .transact_with("signin.accept", input, |(signed_in, renewed), tx| {
            Box::pin(async move {
                tx.refill(&Limited::LoginAccount.key(mailed_code::subject_of(&signed_in.address)))
                    .await?;
                if let Some(hash) = renewed {
                    tx.set_password_hash(&signed_in.permit(), signed_in.account, Some(hash))
                        .await?;
                }
                Ok::<_, SignInError>(())
            })
        })
        .await
}

async fn active_account(tx: &mut dyn UnitOfWork, address: &Address) -> Result<Option<Account>, StoreError> {
    Ok(tx
        .account_by_address(address)
        .await?
        .filter(|account| account.state == AccountState::Active))
}
