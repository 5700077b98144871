//! What the authority knows of a file, for its owner.

use clausa_api::content::Content as ContentAnswer;
use clausa_core::id::ContentId;
use clausa_store::permit::{Action, Resource, authorise};
use clausa_store::record::content::Content;
use clausa_store::repo::UnitOfWork;
use clausa_store::{Denied, Permit, StoreError};

use super::failure::{Failure, failures};
use super::recognise::kept_grants;
use crate::request::Caller;
use crate::state::AppState;

/// Why a file is not shown or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// There is no such file in the caller's tenant, or it is somebody else's: the same to the caller.
    #[error("nothing of that name belongs to the caller")]
    NotFound,
    /// Something else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

failures!(ContentError: StoreError);

/// What the authority knows of one of the caller's own files.
///
/// # Errors
///
/// [`ContentError`].
pub async fn read_content(
    state: &AppState,
    caller: &Caller,
    content: ContentId,
) -> Result<ContentAnswer, ContentError> {
    let caller = caller.clone();
    let row = state
        .store()
        .read("read content", move |tx| {
            let caller = caller.clone();
            Box::pin(async move {
                let permit = permit_for(tx, &caller, Action::ReadContent, content).await?;
                tx.content(&permit, content).await?.ok_or(ContentError::NotFound)
            })
        })
        .await?;
    Ok(describe(row)?)
}

/// The permit for one of the caller's own files.
pub(super) async fn permit_for(
    tx: &mut dyn UnitOfWork,
    caller: &Caller,
    action: Action,
    content: ContentId,
) -> Result<Permit, ContentError> {
    let tenant = caller.tenant();
    let owner = tx
        .content_owner(tenant, content)
        .await?
        .ok_or(ContentError::NotFound)?;
    authorise(
        &caller.actor,
        action,
        &Resource::Content {
            tenant,
            content,
            owner,
        },
    )
    .map_err(|denied| match denied {
        Denied::NotYours => ContentError::NotFound,
        other => ContentError::Failed(other.into()),
    })
}

/// The answer about a row.
pub(super) fn describe(content: Content) -> Result<ContentAnswer, Failure> {
    let grants = kept_grants(&content)?;
    Ok(ContentAnswer {
        id: content.id,
        owner: content.owner,
        issuer: content.issuer,
        file_name: content.file_name,
        template: content.template,
        parent: content.parent,
        grants,
        published_at: content.published_at.seconds(),
        expires: content.expires_at.map(|at| at.seconds()),
        revoked_at: content.revocation.map(|revocation| revocation.at.seconds()),
    })
}
