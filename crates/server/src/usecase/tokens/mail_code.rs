//! Grant: a mailed sign-in code.

use clausa_core::id::DeviceThumbprint;

use super::{Issued, NewSession};
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::sign_in::{ShownCode, SignInError};

struct Input {
    state: AppState,
    network: String,
    code: ShownCode,
    session: NewSession,
    key: DeviceThumbprint,
}

/// Exchanges a mailed code for tokens bound to `key`.
///
/// # Errors
///
/// [`SignInError`] when the code is wrong or void, its address has no account, or a limit is reached.
pub async fn by_mail_code(
    state: &AppState,
    code: ShownCode,
    key: DeviceThumbprint,
    context: &RequestContext,
) -> Result<Issued, SignInError> {
    let (session, issued) = NewSession::prepare(state, key, context)?;
    let input = Input {
        state: state.clone(),
        network: context.network(),
        code,
        session,
        key,
    };
    state
        .store()
        .transact_with("token.mail-code", input, |input, tx| {
            Box::pin(async move {
                let holder = input.key.as_bytes();
                match input.code.check(&input.state, tx, &input.network, holder).await? {
                    Ok(who) => Ok(Ok(input.session.start(tx, &who).await?)),
                    Err(refused) => Ok::<_, SignInError>(Err(refused)),
                }
            })
        })
        .await??;
    Ok(issued)
}
