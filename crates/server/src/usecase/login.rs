//! A sign-in code by mail.

use clausa_api::token::LoginState;
use clausa_core::random::RandomnessFailed;
use clausa_store::StoreError;
use clausa_store::record::account::AccountState;
use clausa_store::record::hash::VerifierHash;
use clausa_store::repo::UnitOfWork;

use super::addresses::{self, AddressError};
use super::failure::{Failure, failures};
use super::limit;
use super::mailed_code::{self, PreparedCode};
use crate::limits::Limited;
use crate::request::RequestContext;
use crate::state::AppState;

/// Why no sign-in code is sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// What was typed is no address.
    #[error("the address is malformed")]
    AddressInvalid(#[source] AddressError),
    /// Something else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

failures!(LoginError: StoreError, RandomnessFailed);

struct Input {
    state: AppState,
    network: String,
    code: PreparedCode,
}

/// Sends a sign-in code, if the address has an account. Whether it has one shows neither in the answer nor in the
/// work: code and mail are made in any case, the code is stored in any case, and the mail leaves later (`SEC-80`).
///
/// # Errors
///
/// [`LoginError`] when the address is malformed or a limit is reached.
pub async fn request_login(
    state: &AppState,
    address: &str,
    challenge: [u8; 32],
    context: &RequestContext,
) -> Result<LoginState, LoginError> {
    let address = addresses::read(address).map_err(LoginError::AddressInvalid)?;
    let code = mailed_code::for_login(
        state,
        &address,
        VerifierHash::from_bytes(challenge),
        context.language,
    )?;
    let answer = LoginState {
        id: code.challenge.id.to_string(),
        expires: code.challenge.expires_at.seconds(),
    };
    let input = Input {
        state: state.clone(),
        network: context.network(),
        code,
    };
    state
        .store()
        .transact_with("login.request", input, |input, tx| {
            Box::pin(async move { store(input, tx).await })
        })
        .await??;
    state.mail_queued();
    Ok(answer)
}

async fn store(input: &Input, tx: &mut dyn UnitOfWork) -> Result<Result<(), LoginError>, LoginError> {
    let Input { state, network, code } = input;
    let address = &code.challenge.address;
    let bucket = state.config().limits.login_per_network.into();
    if let Some(refused) = limit::take(tx, Limited::LoginNetwork, network, bucket, state.now_micros()).await?
    {
        return Ok(Err(refused.into()));
    }
    if let Some(refused) = mailed_code::take_mail_limits(state, tx, address).await? {
        return Ok(Err(refused.into()));
    }
    tx.create_challenge(&code.challenge).await?;
    let account = tx.account_by_address(address).await?;
    if account.is_some_and(|account| account.state == AccountState::Active) {
        tx.enqueue_mail(&code.mail).await?;
    }
    Ok(Ok(()))
}
