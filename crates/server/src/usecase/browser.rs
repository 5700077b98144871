//! Browser sessions: what the pages remember of a visitor.
//!
//! The cookie is a secret of 32 bytes. The store holds its hash; the token of the forms and the verifier of a mailed
//! code are derived from it, so neither has to be stored, and each is worthless without the cookie.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clausa_api::log::RequestType;
use clausa_core::random::{Randomness, RandomnessFailed};
use clausa_store::StoreError;
use clausa_store::record::account::{Account, AccountState};
use clausa_store::record::hash::CookieHash;
use clausa_store::record::ident::SignupId;
use clausa_store::record::session::BrowserSession;
use clausa_store::{Permit, SystemAct};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::account_log;
use super::acting::LogResult;
use super::failure::Failure;
use super::sign_in::{SignInError, SignedIn};
use super::signup::Claim;
use super::tokens;
use crate::request::RequestContext;
use crate::state::AppState;

/// How long a visitor in the middle of a sign-up is remembered: as long as the sign-up.
const SIGNUP_SECONDS: u64 = 86_400;
/// How long somebody stays signed in at the pages.
const SIGNED_IN_SECONDS: u64 = 8 * 3_600;

/// A browser's secret.
pub struct BrowserSecret(Zeroizing<[u8; 32]>);

impl BrowserSecret {
    /// Draws one.
    ///
    /// # Errors
    ///
    /// [`RandomnessFailed`] when the source cannot deliver.
    pub fn generate(rng: &mut dyn Randomness) -> Result<Self, RandomnessFailed> {
        let mut bytes = Zeroizing::new([0; 32]);
        rng.fill(bytes.as_mut_slice())?;
        Ok(Self(bytes))
    }

    /// Reads a cookie's value.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().map(Zeroizing::new)?;
        Some(Self(Zeroizing::new(bytes.as_slice().try_into().ok()?)))
    }

    /// The cookie's value.
    pub fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(*self.0))
    }

    /// What is stored.
    pub fn hash(&self) -> CookieHash {
        CookieHash::from_bytes(self.derive("cookie"))
    }

    /// What every form of this browser carries (`SEC-99`).
    pub fn form_token(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.derive("form"))
    }

    /// True when a form carries this browser's token.
    pub fn is_form_token(&self, shown: &str) -> bool {
        self.form_token().as_bytes().ct_eq(shown.as_bytes()).into()
    }

    /// The verifier that begins this browser's sign-ups and mailed sign-ins.
    pub fn verifier(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.derive("verifier"))
    }

    /// What the verifier hashes to.
    pub fn challenge(&self) -> [u8; 32] {
        Sha256::digest(*self.verifier()).into()
    }

    fn derive(&self, purpose: &str) -> [u8; 32] {
        let label = format!("clausa/v1/browser/{purpose}\0");
        Sha256::new()
            .chain_update(label)
            .chain_update(*self.0)
            .finalize()
            .into()
    }
}

/// What is remembered of this browser, unless it is too long ago.
///
/// # Errors
///
/// The store's failure.
pub async fn recall(state: &AppState, secret: &BrowserSecret) -> Result<Option<BrowserSession>, StoreError> {
    let (hash, now) = (secret.hash(), state.now_micros());
    state
        .store()
        .read("browser.recall", move |tx| {
            Box::pin(async move { tx.browser_session(&hash, now).await })
        })
        .await
}

/// Remembers which sign-up this browser is in the middle of.
///
/// # Errors
///
/// The store's failure.
pub async fn remember_signup(
    state: &AppState,
    secret: &BrowserSecret,
    signup: SignupId,
) -> Result<(), StoreError> {
    put(state, secret, None, Some(signup), SIGNUP_SECONDS, None).await
}

/// Remembers who is signed in, under a new secret: one that somebody planted before is worth nothing afterwards.
///
/// # Errors
///
/// [`Failure`] of the store or of randomness.
pub async fn remember_sign_in(
    state: &AppState,
    old: &BrowserSecret,
    who: &SignedIn,
    signup: Option<SignupId>,
    context: &RequestContext,
) -> Result<BrowserSecret, Failure> {
    let secret = BrowserSecret::generate(&mut state.randomness())?;
    let client = context.client_info.clone();
    put(state, &secret, Some(who), signup, SIGNED_IN_SECONDS, client).await?;
    forget(state, old).await?;
    Ok(secret)
}

/// Signs in the browser that has just finished a sign-up. `None` when the sign-up's one sign-in was used before.
///
/// # Errors
///
/// [`SignInError`] of the store or of randomness.
pub async fn finish_signup(
    state: &AppState,
    old: &BrowserSecret,
    claim: Claim,
    context: &RequestContext,
) -> Result<Option<BrowserSecret>, SignInError> {
    let holder = *old.hash().as_bytes();
    let input = (state.clone(), claim, context.clone(), holder);
    let who = state
        .store()
        .transact_with(
            "browser.finish-signup",
            input,
            |(state, claim, context, holder), tx| {
                Box::pin(async move {
                    let who = match tokens::redeem_signup(state, claim, tx, holder).await? {
                        Ok(who) => who,
                        Err(refused) => return Ok(Err(refused)),
                    };
                    let (request, result) = (RequestType::SignIn, LogResult::Success);
                    let now = state.now_micros();
                    let entry = account_log::entry(request, who.account, &who.address, result, context, now);
                    tx.append_log(&who.permit(), &entry).await?;
                    Ok::<_, SignInError>(Ok(who))
                })
            },
        )
        .await?;
    match who {
        Ok(who) => Ok(Some(
            remember_sign_in(state, old, &who, Some(claim.id), context).await?,
        )),
        Err(SignInError::Refused) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Forgets this browser.
///
/// # Errors
///
/// The store's failure.
pub async fn forget(state: &AppState, secret: &BrowserSecret) -> Result<(), StoreError> {
    let hash = secret.hash();
    state
        .store()
        .transact("browser.forget", move |tx| {
            Box::pin(async move { tx.end_browser_session(&hash).await.map(|_| ()) })
        })
        .await
}

/// Who is signed in at this browser, with an account that is still in use.
///
/// # Errors
///
/// [`Failure`].
pub async fn signed_in(state: &AppState, session: &BrowserSession) -> Result<Option<SignedIn>, Failure> {
    let proof = session.proof;
    let Some((tenant, account)) = session.signed_in else {
        return Ok(None);
    };
    let permit = Permit::system(SystemAct::SignIn(tenant));
    state
        .store()
        .read("browser.signed-in", move |tx| {
            Box::pin(async move {
                let is_active = |found: &Account| found.state == AccountState::Active;
                if !tx
                    .account(&permit, account)
                    .await?
                    .as_ref()
                    .is_some_and(is_active)
                {
                    return Ok(None);
                }
                let address = tx.addresses(&permit, account).await?.into_iter().next();
                Ok::<_, Failure>(address.map(|address| SignedIn {
                    account,
                    tenant,
                    address,
                    proof,
                }))
            })
        })
        .await
}

async fn put(
    state: &AppState,
    secret: &BrowserSecret,
    who: Option<&SignedIn>,
    signup: Option<SignupId>,
    seconds: u64,
    client: Option<String>,
) -> Result<(), StoreError> {
    let now = state.now_micros();
    let session = BrowserSession {
        cookie: secret.hash(),
        signed_in: who.map(|who| (who.tenant, who.account)),
        signup,
        state: None,
        created_at: now,
        expires_at: now.plus_seconds(seconds),
        proof: who.map(|who| who.proof).unwrap_or_default(),
        client,
    };
    state
        .store()
        .transact_with("browser.remember", session, |session, tx| {
            Box::pin(async move { tx.put_browser_session(session).await })
        })
        .await
}

#[cfg(test)]
mod tests {
    use clausa_core::random::SystemRandom;

    use super::BrowserSecret;

    #[test]
    fn what_is_derived_fits_only_its_browser() {
        let (one, two) = (
            BrowserSecret::generate(&mut SystemRandom).unwrap(),
            BrowserSecret::generate(&mut SystemRandom).unwrap(),
        );
        assert!(one.is_form_token(&one.form_token()));
        assert!(!one.is_form_token(&two.form_token()));
        assert!(!one.is_form_token(""));
        let again = BrowserSecret::parse(&one.expose()).unwrap();
        assert_eq!(again.hash(), one.hash());
        assert_eq!(again.challenge(), one.challenge());
        assert_ne!(*one.verifier(), *one.hash().as_bytes());
        assert!(BrowserSecret::parse("short").is_none());
    }
}
