//! Finding a sign-up's row, and saying where it stands.

use clausa_api::signup::{SignupDone, SignupState, SignupStep as NextStep};
use clausa_store::StoreError;
use clausa_store::record::challenge::Challenge;
use clausa_store::record::micros::Micros;
use clausa_store::record::signup::{Signup, SignupStep};
use clausa_store::repo::UnitOfWork;
use subtle::ConstantTimeEq as _;

use super::{Claim, SignupError};
use crate::usecase::failure::Failure;

/// The sign-up that `claim` goes on with.
pub(super) async fn find(
    tx: &mut dyn UnitOfWork,
    claim: &Claim,
    now: Micros,
) -> Result<Option<Signup>, StoreError> {
    let found = tx.signup(claim.id, now).await?;
    Ok(found.filter(|signup| signup.verifier.as_bytes().ct_eq(claim.verifier.as_bytes()).into()))
}

/// Where a sign-up stands and what comes next.
pub(super) async fn describe(tx: &mut dyn UnitOfWork, signup: &Signup) -> Result<SignupState, SignupError> {
    let next = match (signup.step, &signup.made) {
        (SignupStep::MailProof, _) => {
            let challenge = tx.challenge_of_signup(signup.id).await?;
            waiting_for_code(&challenge.ok_or(Failure::Missing("code of a sign-up"))?)
        }
        (SignupStep::Profile, _) => NextStep::Profile,
        (SignupStep::Done, Some(made)) => {
            let tenant = tx
                .find_tenant(made.tenant)
                .await?
                .ok_or(Failure::Missing("tenant of a sign-up"))?;
            NextStep::Done(SignupDone {
                account: made.account,
                tenant: made.tenant,
                organisation: (!tenant.personal).then_some(tenant.name),
                organisation_is_new: made.tenant_is_new,
            })
        }
        (SignupStep::Done, None) => return Err(Failure::Missing("outcome of a sign-up").into()),
    };
    Ok(with_step(signup, next))
}

/// The state of a sign-up that waits for `challenge`'s code.
pub(super) fn waiting(signup: &Signup, challenge: &Challenge) -> SignupState {
    with_step(signup, waiting_for_code(challenge))
}

fn waiting_for_code(challenge: &Challenge) -> NextStep {
    NextStep::MailProof {
        expires: challenge.expires_at.seconds(),
        tries_left: challenge.tries_left,
    }
}

fn with_step(signup: &Signup, next: NextStep) -> SignupState {
    SignupState {
        id: signup.id.to_string(),
        address: signup.address.clone(),
        next,
        waiting: signup.waiting,
    }
}
