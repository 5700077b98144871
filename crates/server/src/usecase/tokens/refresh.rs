//! Grant: a refresh token, good for one use.

use clausa_api::ProblemType;
use clausa_api::log::RequestType;
use clausa_core::id::DeviceThumbprint;
use clausa_store::record::hash::RefreshTokenHash;
use clausa_store::record::micros::Micros;
use clausa_store::record::session::{Rotation, Session, TokenPair};
use clausa_store::repo::UnitOfWork;
use clausa_store::{Permit, SystemAct};

use super::{Issued, RefreshToken};
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::account_log;
use crate::usecase::acting::LogResult;
use crate::usecase::sign_in::SignInError;

struct Input {
    shown: RefreshTokenHash,
    key: DeviceThumbprint,
    tokens: TokenPair,
    now: Micros,
    context: RequestContext,
}

/// Replaces a pair of tokens. A refresh token that was used before is in two hands, one of them a thief's: the session
/// ends for both, and the log says so.
///
/// # Errors
///
/// [`SignInError::Refused`] when the token is unknown, too old, used, or bound to another key.
pub async fn refresh(
    state: &AppState,
    shown: &str,
    key: DeviceThumbprint,
    context: &RequestContext,
) -> Result<Issued, SignInError> {
    let (issued, now) = (Issued::generate(state)?, state.now_micros());
    let input = Input {
        shown: RefreshToken::hash_of(shown),
        key,
        tokens: issued.pair(now),
        now,
        context: context.clone(),
    };
    state
        .store()
        .transact_with("token.refresh", input, |input, tx| {
            Box::pin(async move {
                match tx
                    .rotate_tokens(&input.shown, &input.key, &input.tokens, input.now)
                    .await?
                {
                    Rotation::Rotated(session) if is_over(&session, input.now, tx).await? => {
                        tx.end_session(session.id, input.now).await?;
                    }
                    Rotation::Rotated(_) => return Ok(Ok(())),
                    Rotation::Reused(session) => log_end(input, &session, tx).await?,
                    Rotation::Refused => {}
                }
                Ok::<_, SignInError>(Err(SignInError::Refused))
            })
        })
        .await??;
    Ok(issued)
}

/// True when the organisation's administrator lets sign-ins last less long.
async fn is_over(session: &Session, now: Micros, tx: &mut dyn UnitOfWork) -> Result<bool, SignInError> {
    let permit = Permit::system(SystemAct::SignIn(session.tenant));
    let controls = tx.controls(&permit).await?.unwrap_or_default();
    let end = controls
        .session_seconds
        .map(|seconds| session.created_at.plus_seconds(seconds.into()));
    Ok(end.is_some_and(|end| end <= now))
}

async fn log_end(input: &Input, session: &Session, tx: &mut dyn UnitOfWork) -> Result<(), SignInError> {
    let permit = Permit::system(SystemAct::SignIn(session.tenant));
    if let Some(address) = tx.addresses(&permit, session.account).await?.first() {
        let result = LogResult::Refused(ProblemType::SignInRefused);
        let request = RequestType::SignOut;
        let entry = account_log::entry(
            request,
            session.account,
            address,
            result,
            &input.context,
            input.now,
        );
        tx.append_log(&permit, &entry).await?;
    }
    Ok(())
}
