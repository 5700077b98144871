//! What is signed in as oneself.

use clausa_api::session::{Session, SessionKind};
use clausa_store::permit::Action;
use clausa_store::record::proof::Proof;
use clausa_store::record::session::{BrowserSession, OpenSession, SessionRef};

use super::{SessionError, name_of};
use crate::state::AppState;
use crate::usecase::oneself::Oneself;
use crate::usecase::tokens::REFRESH_SECONDS;

/// Lists one's sessions, the newest first.
///
/// # Errors
///
/// [`SessionError`].
pub async fn list(state: &AppState, oneself: &Oneself) -> Result<Vec<Session>, SessionError> {
    let permit = oneself.permit(Action::ListSessions)?;
    let (account, now) = (oneself.actor.account, state.now_micros());
    let (clients, browsers) = state
        .store()
        .read("session.list", move |tx| {
            Box::pin(async move {
                Ok::<_, SessionError>((
                    tx.open_sessions(&permit, account, now).await?,
                    tx.open_browser_sessions(&permit, account, now).await?,
                ))
            })
        })
        .await?;
    let of_clients = clients.into_iter().map(|open| of_client(open, oneself));
    let of_browsers = browsers.into_iter().map(|open| of_browser(open, oneself));
    let mut sessions: Vec<_> = of_clients.chain(of_browsers).collect();
    sessions.sort_by_key(|session| std::cmp::Reverse(session.created_at));
    Ok(sessions)
}

fn of_client(open: OpenSession, oneself: &Oneself) -> Session {
    let OpenSession {
        session,
        expires_at,
        device_name,
    } = open;
    Session {
        id: session.id.to_string(),
        kind: SessionKind::Client,
        created_at: session.created_at.seconds(),
        last_seen: expires_at.minus_seconds(REFRESH_SECONDS).seconds(),
        proven_at: session.proof.at.seconds(),
        proven_by: words(session.proof),
        device: device_name.is_some().then_some(session.key),
        device_name,
        client: session.client,
        current: oneself.session == SessionRef::Client(session.id),
    }
}

fn of_browser(session: BrowserSession, oneself: &Oneself) -> Session {
    Session {
        id: name_of(&session.cookie).to_string(),
        kind: SessionKind::Browser,
        created_at: session.created_at.seconds(),
        last_seen: session.created_at.max(session.proof.at).seconds(),
        proven_at: session.proof.at.seconds(),
        proven_by: words(session.proof),
        device: None,
        device_name: None,
        client: session.client,
        current: oneself.session == SessionRef::Browser(session.cookie),
    }
}

fn words(proof: Proof) -> Vec<String> {
    proof.by.iter().map(|factor| factor.as_str().to_owned()).collect()
}
