//! Where a sign-up stands, so that it can be resumed.

use clausa_api::signup::SignupState;

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
