//! The mail is sent again, with a new code; the old one is void.

use clausa_api::signup::SignupState;
use clausa_store::StoreError;
use clausa_store::record::signup::{Signup, SignupStep};
use clausa_store::repo::UnitOfWork;

use super::{Claim, SignupError, row};
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::mailed_code::{self, PreparedCode};

struct Input {
    state: AppState,
    claim: Claim,
    code: PreparedCode,
}

/// Sends the mail again, in the language of this request.
///
/// # Errors
///
/// [`SignupError`] when the sign-up is unknown, past its mail proof, or its address has had enough mails.
pub async fn resend(
    state: &AppState,
    claim: Claim,
    context: &RequestContext,
) -> Result<SignupState, SignupError> {
    let now = state.now_micros();
    let signup = state
        .store()
        .read("signup.find", move |tx| {
            Box::pin(async move { row::find(tx, &claim, now).await?.ok_or(SignupError::Unknown) })
        })
        .await?;
    let code = mailed_code::for_signup(
        state,
        signup.id,
        &signup.address,
        signup.verifier,
        context.language,
    )?;
    let answer = row::waiting(&signup, &code.challenge);
    let input = Input {
        state: state.clone(),
        claim,
        code,
    };
    state
        .store()
        .transact_with("signup.resend", input, |input, tx| {
            Box::pin(async move { store(input, tx).await })
        })
        .await??;
    state.mail_queued();
    Ok(answer)
}

async fn store(input: &Input, tx: &mut dyn UnitOfWork) -> Result<Result<(), SignupError>, SignupError> {
    let Input { state, claim, code } = input;
    let Some(signup) = at_mail_proof(tx, state, claim).await? else {
        return Ok(Err(SignupError::OutOfOrder));
    };
    if let Some(refused) = mailed_code::take_mail_limits(state, tx, &signup.address).await? {
        return Ok(Err(refused.into()));
    }
    // It replaces the earlier one.
    tx.create_challenge(&code.challenge).await?;
    tx.enqueue_mail(&code.mail).await?;
    Ok(Ok(()))
}

async fn at_mail_proof(
    tx: &mut dyn UnitOfWork,
    state: &AppState,
    claim: &Claim,
) -> Result<Option<Signup>, StoreError> {
    let found = row::find(tx, claim, state.now_micros()).await?;
    Ok(found.filter(|signup| signup.step == SignupStep::MailProof))
}
