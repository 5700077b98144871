//! Grant: a sign-up that has just finished, once.

use clausa_core::id::DeviceThumbprint;
use clausa_store::record::account::AccountState;
use clausa_store::record::proof::{Factor, Factors, Proof};
use clausa_store::repo::UnitOfWork;
use clausa_store::{Permit, SystemAct};
use subtle::ConstantTimeEq as _;

use super::{Issued, NewSession};
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::second_factor;
use crate::usecase::sign_in::{SignInError, SignedIn};
use crate::usecase::signup::Claim;

/// Exchanges a finished sign-up for tokens bound to `key`.
///
/// # Errors
///
/// [`SignInError::Refused`] when the sign-up is unknown, not finished or was exchanged before.
pub async fn by_signup(
    state: &AppState,
    claim: Claim,
    key: DeviceThumbprint,
    context: &RequestContext,
) -> Result<Issued, SignInError> {
    let (session, issued) = NewSession::prepare(state, key, context)?;
    state
        .store()
        .transact_with(
            "token.signup",
            (state.clone(), claim, session, key),
            |(state, claim, session, key), tx| {
                Box::pin(async move {
                    match redeem(state, claim, tx, key.as_bytes()).await? {
                        Ok(who) => Ok(Ok(session.start(tx, &who).await?)),
                        Err(refused) => Ok::<_, SignInError>(Err(refused)),
                    }
                })
            },
        )
        .await??;
    Ok(issued)
}

/// Uses up the one sign-in that a finished sign-up is worth. Somebody who had an account before gets no further with it
/// than with a mailed code.
///
/// # Errors
///
/// The store's failure; refusals are in the inner result.
pub(crate) async fn redeem(
    state: &AppState,
    claim: &Claim,
    tx: &mut dyn UnitOfWork,
    holder: &[u8; 32],
) -> Result<Result<SignedIn, SignInError>, SignInError> {
    let now = state.now_micros();
    let Some(signup) = tx.signup(claim.id, now).await? else {
        return Ok(Err(SignInError::Refused));
    };
    let is_claimed: bool = signup.verifier.as_bytes().ct_eq(claim.verifier.as_bytes()).into();
    let Some(made) = signup.made.filter(|_| is_claimed) else {
        return Ok(Err(SignInError::Refused));
    };
    let permit = Permit::system(SystemAct::SignIn(made.tenant));
    let account = tx.account(&permit, made.account).await?;
    if account.is_none_or(|account| account.state != AccountState::Active) {
        return Ok(Err(SignInError::Refused));
    }
    if !tx.redeem_signup(claim.id, now).await? {
        return Ok(Err(SignInError::Refused));
    }
    let who = SignedIn {
        account: made.account,
        tenant: made.tenant,
        address: signup.address,
        proof: Proof {
            at: now,
            by: Factors::of(Factor::MailCode),
        },
    };
    second_factor::gate(state, tx, who, holder).await
}
