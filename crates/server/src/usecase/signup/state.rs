//! Where a sign-up stands, so that it can be resumed.

use clausa_api::signup::SignupState;
use clausa_core::id::AccountId;
use clausa_store::record::ident::SignupId;

use super::{Claim, SignupError, row};
use crate::state::AppState;

/// Reads a sign-up's state.
///
/// # Errors
///
/// [`SignupError::Unknown`] when there is none of this id and verifier.
pub async fn state(state: &AppState, claim: Claim) -> Result<SignupState, SignupError> {
    let now = state.now_micros();
    state
        .store()
        .read("signup.state", move |tx| {
            Box::pin(async move {
                let signup = row::find(tx, &claim, now).await?.ok_or(SignupError::Unknown)?;
                row::describe(tx, &signup).await
            })
        })
        .await
}

/// What a finished sign-up made, for the account that it made or found; that account has signed in since, so the
/// verifier is not asked for again.
///
/// # Errors
///
/// [`SignupError::Unknown`] when the sign-up is not of this account.
pub async fn outcome(state: &AppState, id: SignupId, account: AccountId) -> Result<SignupState, SignupError> {
    let now = state.now_micros();
    state
        .store()
        .read("signup.outcome", move |tx| {
            Box::pin(async move {
                let found = tx.signup(id, now).await?;
                let signup = found.filter(|signup| signup.made.is_some_and(|made| made.account == account));
                row::describe(tx, &signup.ok_or(SignupError::Unknown)?).await
            })
        })
        .await
}
