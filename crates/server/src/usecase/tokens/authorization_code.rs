//! Grant: the code that a browser carried to the client (RFC 6749 §4.1.3, RFC 7636).

use clausa_core::id::DeviceThumbprint;
use clausa_store::record::code::{AuthorisationCode, CodeRedemption};
use clausa_store::repo::UnitOfWork;
use clausa_store::{Permit, SystemAct};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{AuthorizationCode, Issued, NewSession};
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::failure::Failure;
use crate::usecase::sign_in::{SignInError, SignedIn};

/// Shortest and longest PKCE verifier (RFC 7636 §4.1).
const PKCE_LENGTH: std::ops::RangeInclusive<usize> = 43..=128;

/// What the client shows with the code; all of it has to fit.
pub struct RedeemCode {
    /// The code.
    pub code: String,
    /// The PKCE verifier whose hash began the flow.
    pub code_verifier: String,
    /// Where the browser was sent.
    pub redirect_uri: String,
    /// The client.
    pub client_id: String,
}

struct Input {
    state: AppState,
    shown: RedeemCode,
    session: NewSession,
    key: DeviceThumbprint,
}

/// Exchanges an authorisation code for tokens bound to `key`. A code that is shown a second time ends the session it
/// began (RFC 6749 §4.1.2), and one shown with anything that does not fit is used up.
///
/// # Errors
///
/// [`SignInError::Refused`] whatever does not fit.
pub async fn by_authorization_code(
    state: &AppState,
    shown: RedeemCode,
    key: DeviceThumbprint,
    context: &RequestContext,
) -> Result<Issued, SignInError> {
    if !PKCE_LENGTH.contains(&shown.code_verifier.len()) {
        return Err(SignInError::Malformed("code_verifier has 43 to 128 characters"));
    }
    let (session, issued) = NewSession::prepare(state, key, context)?;
    let input = Input {
        state: state.clone(),
        shown,
        session,
        key,
    };
    state
        .store()
        .transact_with("token.code", input, |input, tx| {
            Box::pin(async move {
                match redeem(input, tx).await? {
                    Some(_) => Ok(Ok(())),
                    None => Ok::<_, SignInError>(Err(SignInError::Refused)),
                }
            })
        })
        .await??;
    Ok(issued)
}

async fn redeem(input: &Input, tx: &mut dyn UnitOfWork) -> Result<Option<()>, SignInError> {
    let hash = AuthorizationCode::hash_of(&input.shown.code);
    let code = match tx.redeem_code(&hash, input.state.now_micros()).await? {
        CodeRedemption::Redeemed(code) => code,
        CodeRedemption::Reused(_) | CodeRedemption::Refused => return Ok(None),
    };
    if !fits(&code, input) {
        return Ok(None);
    }
    let permit = Permit::system(SystemAct::SignIn(code.tenant));
    let mut addresses = tx.addresses(&permit, code.account).await?;
    if addresses.is_empty() {
        return Err(Failure::Missing("address of an account").into());
    }
    let who = SignedIn {
        account: code.account,
        tenant: code.tenant,
        address: addresses.swap_remove(0),
        proof: code.proof,
    };
    input.session.start(tx, &who).await?;
    tx.set_code_session(&hash, input.session.id()).await?;
    Ok(Some(()))
}

fn fits(code: &AuthorisationCode, input: &Input) -> bool {
    let challenge = Sha256::digest(input.shown.code_verifier.as_bytes());
    code.client == input.shown.client_id
        && code.redirect_uri == input.shown.redirect_uri
        && code.key.is_none_or(|key| key == input.key)
        && bool::from(challenge.as_slice().ct_eq(&code.pkce_challenge))
}
