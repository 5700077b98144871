//! Grant: the second factor of a sign-in whose first was right.

use clausa_core::id::DeviceThumbprint;
use zeroize::Zeroizing;

use super::{Issued, NewSession};
use crate::request::RequestContext;
use crate::state::AppState;
use crate::texts::Language;
use crate::usecase::second_factor;
use crate::usecase::sign_in::SignInError;

struct Input {
    state: AppState,
    ticket: String,
    code: Zeroizing<String>,
    key: DeviceThumbprint,
    session: NewSession,
    language: Language,
}

/// Exchanges a ticket and a code for tokens bound to `key`, which has to be the key that got the ticket.
///
/// # Errors
///
/// [`SignInError`] when the code is wrong, or the ticket is unknown, too old, out of tries, or another key's.
pub async fn by_second_factor(
    state: &AppState,
    ticket: String,
    code: Zeroizing<String>,
    key: DeviceThumbprint,
    context: &RequestContext,
) -> Result<Issued, SignInError> {
    let (session, issued) = NewSession::prepare(state, key, context)?;
    let input = Input {
        state: state.clone(),
        ticket,
        code,
        key,
        session,
        language: context.language,
    };
    state
        .store()
        .transact_with("token.second-factor", input, |input, tx| {
            Box::pin(async move {
                let (state, key) = (&input.state, input.key.as_bytes());
                match second_factor::check(state, tx, &input.ticket, key, &input.code, input.language).await?
                {
                    Ok(who) => Ok(Ok(input.session.start(tx, &who).await?)),
                    Err(refused) => Ok::<_, SignInError>(Err(refused)),
                }
            })
        })
        .await??;
    state.mail_queued();
    Ok(issued)
}
