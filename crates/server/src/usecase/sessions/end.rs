//! Ending sessions.

use clausa_api::log::RequestType;
use clausa_store::permit::Action;
use clausa_store::record::ident::SessionId;
use clausa_store::record::micros::Micros;
use clausa_store::record::session::SessionRef;
use clausa_store::repo::UnitOfWork;

use super::{SessionError, name_of};
use crate::state::AppState;
use crate::usecase::acting::LogResult;
use crate::usecase::oneself::Oneself;
use crate::usecase::step_up::{self, Needed};

/// Ends one of one's sessions; its tokens or its cookie work no more.
///
/// # Errors
///
/// [`SessionError::Unknown`] when it is not one of one's own.
pub async fn end(state: &AppState, oneself: &Oneself, session: SessionId) -> Result<(), SessionError> {
    let (who, now) = (oneself.clone(), state.now_micros());
    state
        .store()
        .for_tenant(oneself.tenant())
        .transact_with("session.end", who, move |who, tx| {
            Box::pin(async move {
                let permit = who.permit(Action::EndSessions)?;
                let account = who.actor.account;
                let is_ended = tx.end_own_session(&permit, account, session, now).await?
                    || end_browser(who, tx, session, now).await?;
                if !is_ended {
                    return Err(SessionError::Unknown);
                }
                log(who, tx, now).await
            })
        })
        .await
}

/// Ends the session in which this is asked.
///
/// # Errors
///
/// [`SessionError`].
pub async fn sign_out(state: &AppState, oneself: &Oneself) -> Result<(), SessionError> {
    let id = match oneself.session {
        SessionRef::Client(session) => session,
        SessionRef::Browser(cookie) => name_of(&cookie),
    };
    end(state, oneself, id).await
}

/// Ends all of one's sessions but the one in which this is asked, and voids codes that could begin another. Asks for a
/// fresh proof: whoever finds an open session must not throw its owner out of his others.
///
/// # Errors
///
/// [`Failure::StepUp`](crate::usecase::failure::Failure::StepUp) without a fresh proof.
pub async fn end_others(state: &AppState, oneself: &Oneself) -> Result<u64, SessionError> {
    let (who, now) = (oneself.clone(), state.now_micros());
    state
        .store()
        .for_tenant(oneself.tenant())
        .transact_with("session.end-others", who, move |who, tx| {
            Box::pin(async move {
                step_up::require(tx, &who.session, Needed::Fresh, now).await?;
                let permit = who.permit(Action::EndSessions)?;
                let ended = tx
                    .end_other_sessions(&permit, who.actor.account, who.session, now)
                    .await?;
                log(who, tx, now).await?;
                Ok(ended)
            })
        })
        .await
}

async fn end_browser(
    who: &Oneself,
    tx: &mut dyn UnitOfWork,
    session: SessionId,
    now: Micros,
) -> Result<bool, SessionError> {
    let (permit, account) = (who.permit(Action::EndSessions)?, who.actor.account);
    let open = tx.open_browser_sessions(&permit, account, now).await?;
    match open.iter().find(|open| name_of(&open.cookie) == session) {
        Some(open) => Ok(tx.end_own_browser_session(&permit, account, &open.cookie).await?),
        None => Ok(false),
    }
}

async fn log(who: &Oneself, tx: &mut dyn UnitOfWork, now: Micros) -> Result<(), SessionError> {
    let address = who.addresses(tx).await?.swap_remove(0);
    let entry = who.log_entry(RequestType::SignOut, &address, LogResult::Success, now);
    tx.append_log(&who.permit(Action::EndSessions)?, &entry).await?;
    Ok(())
}
