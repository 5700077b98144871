//! Second step: the code from the mail.

use clausa_api::signup::SignupState;
use clausa_store::record::challenge::{ChallengePurpose, CodeAttempt, CodeTry};
use clausa_store::record::signup::{Signup, SignupMade, SignupStep};
use clausa_store::repo::UnitOfWork;

use super::{Claim, SignupError, row};
use crate::state::AppState;
use crate::usecase::failure::Failure;
use crate::usecase::mailed_code::Code;

struct Input {
    state: AppState,
    claim: Claim,
    code: Code,
}

/// Proves the address with the code. Somebody who has an account already is done: nothing is made, and the finished
/// sign-up signs him in as a mailed sign-in code would.
///
/// # Errors
///
/// [`SignupError`] when the sign-up is unknown or past this step, or the code is malformed, wrong or void.
pub async fn prove(state: &AppState, claim: Claim, typed: &str) -> Result<SignupState, SignupError> {
    let code = Code::parse(typed).ok_or(SignupError::CodeMalformed)?;
    let input = Input {
        state: state.clone(),
        claim,
        code,
    };
    state
        .store()
        .transact_with("signup.prove", input, |input, tx| {
            Box::pin(async move { store(input, tx).await })
        })
        .await?
}

async fn store(
    input: &Input,
    tx: &mut dyn UnitOfWork,
) -> Result<Result<SignupState, SignupError>, SignupError> {
    let Input { state, claim, code } = input;
    let now = state.now_micros();
    let Some(signup) = row::find(tx, claim, now).await? else {
        return Ok(Err(SignupError::Unknown));
    };
    if signup.step != SignupStep::MailProof {
        return Ok(Err(SignupError::OutOfOrder));
    }
    let challenge = tx
        .challenge_of_signup(signup.id)
        .await?
        .ok_or(Failure::Missing("code of a sign-up"))?;
    let attempt = CodeAttempt {
        challenge: challenge.id,
        purpose: ChallengePurpose::Signup,
        verifier: claim.verifier,
        code: code.mac(state.code_key(), challenge.id),
        at: now,
    };
    match tx.try_code(&attempt).await? {
        // The last wrong code voids the challenge: there is nothing left to try.
        CodeTry::Wrong { tries_left: 0 } | CodeTry::Void => return Ok(Err(SignupError::CodeVoid)),
        CodeTry::Wrong { tries_left } => return Ok(Err(SignupError::CodeWrong { tries_left })),
        CodeTry::Right(proven) if proven.address != signup.address => {
            return Err(Failure::Missing("address of a code").into());
        }
        CodeTry::Right(_) => {}
    }
    tx.prove_signup(signup.id).await?;
    // One that somebody else has proven and kept, while the mailbox was his, must not open this account later (SEC-75).
    tx.supersede_signups(signup.id, &signup.address).await?;
    finish_if_known(tx, &signup).await?;
    let signup = tx
        .signup(signup.id, now)
        .await?
        .ok_or(Failure::Missing("sign-up"))?;
    Ok(Ok(row::describe(tx, &signup).await?))
}

async fn finish_if_known(tx: &mut dyn UnitOfWork, signup: &Signup) -> Result<(), SignupError> {
    if let Some(account) = tx.account_by_address(&signup.address).await? {
        let made = SignupMade {
            account: account.id,
            tenant: account.tenant,
            tenant_is_new: false,
        };
        tx.finish_signup(signup.id, &made).await?;
    }
    Ok(())
}
