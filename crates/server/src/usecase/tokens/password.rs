//! Grant: address and password.

use clausa_core::id::DeviceThumbprint;
use zeroize::Zeroizing;

use super::{Issued, NewSession};
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::sign_in::{self, SignInError};

/// Exchanges address and password for tokens bound to `key`.
///
/// # Errors
///
/// [`SignInError`], as [`sign_in::by_password`].
pub async fn by_password(
    state: &AppState,
    address: &str,
    password: Zeroizing<String>,
    key: DeviceThumbprint,
    context: &RequestContext,
) -> Result<Issued, SignInError> {
    let who = sign_in::by_password(state, address, password, key.as_bytes(), context).await?;
    let (session, issued) = NewSession::prepare(state, key, context)?;
    state
        .store()
        .transact_with("token.password", (session, who), |(session, who), tx| {
            Box::pin(async move { Ok::<_, SignInError>(session.start(tx, who).await?) })
        })
        .await?;
    Ok(issued)
}
