//! Signing out: a session ends with all its tokens (RFC 7009).

use clausa_api::log::RequestType;
use clausa_store::record::hash::{AccessTokenHash, RefreshTokenHash};
use clausa_store::record::micros::Micros;
use clausa_store::repo::UnitOfWork;
use clausa_store::{Permit, SystemAct};

use super::{AccessToken, RefreshToken};
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::account_log;
use crate::usecase::acting::LogResult;
use crate::usecase::failure::Failure;

struct Input {
    access: AccessTokenHash,
    refresh: RefreshTokenHash,
    now: Micros,
    context: RequestContext,
}

/// Ends the session of an access or refresh token. One that is unknown or has ended is no error: it does not work any
/// more, and that was asked for.
///
/// # Errors
///
/// [`Failure`].
pub async fn revoke(state: &AppState, token: &str, context: &RequestContext) -> Result<(), Failure> {
    let input = Input {
        access: AccessToken::hash_of(token),
        refresh: RefreshToken::hash_of(token),
        now: state.now_micros(),
        context: context.clone(),
    };
    state
        .store()
        .transact_with("token.revoke", input, |input, tx| {
            Box::pin(async move { end(input, tx).await })
        })
        .await
}

async fn end(input: &Input, tx: &mut dyn UnitOfWork) -> Result<(), Failure> {
    let session = match tx.session_by_refresh(&input.refresh).await? {
        Some(session) => session,
        None => match tx.session_by_access(&input.access).await? {
            Some(session) => session,
            None => return Ok(()),
        },
    };
    if !tx.end_session(session.id, input.now).await? {
        return Ok(());
    }
    let permit = Permit::system(SystemAct::SignIn(session.tenant));
    if let Some(address) = tx.addresses(&permit, session.account).await?.first() {
        let entry = account_log::entry(
            RequestType::SignOut,
            session.account,
            address,
            LogResult::Success,
            &input.context,
            input.now,
        );
        tx.append_log(&permit, &entry).await?;
    }
    Ok(())
}
