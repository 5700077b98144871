//! Revoking a file: once this has been answered, no licence is issued for it any more (`SEC-98`).

use clausa_api::content::Content as ContentAnswer;
use clausa_api::log::RequestType;
use clausa_core::id::ContentId;
use clausa_store::permit::Action;
use clausa_store::record::content::{Revocation, RevocationOutcome};

use super::acting::{LogResult, about};
use super::read_content::{ContentError, describe, permit_for};
use crate::request::Caller;
use crate::state::AppState;

/// Revokes one of the caller's own files, or widens an earlier revocation to the owner.
///
/// # Errors
///
/// [`ContentError`].
pub async fn revoke_content(
    state: &AppState,
    caller: &Caller,
    content: ContentId,
    including_owner: bool,
) -> Result<ContentAnswer, ContentError> {
    let input = (caller.clone(), state.now_micros());
    let row = state
        .store()
        .for_tenant(caller.actor.tenant)
        .transact_with("revoke content", input, move |(caller, now), tx| {
            Box::pin(async move {
                let permit = permit_for(tx, caller, Action::RevokeContent, content).await?;
                let revocation = Revocation {
                    at: *now,
                    including_owner,
                    by: caller.actor.account,
                };
                if tx.revoke_content(&permit, content, &revocation).await? == RevocationOutcome::Unknown {
                    return Err(ContentError::NotFound);
                }
                let row = tx
                    .content(&permit, content)
                    .await?
                    .ok_or(ContentError::NotFound)?;
                let user = caller.user(tx).await?;
                let entry = caller.log_entry(RequestType::RevokeAccess, &user, LogResult::Success, *now);
                tx.append_log(&permit, &about(entry, &row)).await?;
                Ok(row)
            })
        })
        .await?;
    Ok(describe(row)?)
}
