//! Registering a published file, so that its owner sees it and its content id is taken.

use std::sync::Arc;

use clausa_api::ProblemType;
use clausa_api::content::Content as ContentAnswer;
use clausa_api::log::RequestType;
use clausa_core::address::Domain;
use clausa_core::policy::{Policy, Principal, Terms};
use clausa_core::publishing::VerifiedLicence;
use clausa_store::permit::Action;
use clausa_store::record::content::{Content, Registration};
use clausa_store::record::micros::Micros;
use clausa_store::record::tenant::Tenant;
use clausa_store::repo::UnitOfWork;
use clausa_store::{Denied, Permit, StoreError};

use super::acting::{LogResult, about};
use super::controls::{self, ControlRule, Controlled};
use super::failure::{Failure, failures};
use super::limit;
use super::read_content::describe;
use super::recognise::{self, RecogniseError};
use crate::limits::Limited;
use crate::request::Caller;
use crate::state::AppState;

/// Longest file name in bytes.
const MAX_FILE_NAME: usize = 255;

/// Why a file is not registered, ordered by whose fault it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterContentError {
    /// The file name is empty, too long or has control characters.
    #[error("the file name is not usable")]
    FileName,
    /// The licence is not one to register; the refusal is in the log.
    #[error(transparent)]
    Refused(#[from] ContentRefusal),
    /// Something else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

failures!(RegisterContentError: StoreError, Denied);

/// Why a publishing licence is not registered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContentRefusal {
    /// Somebody else published it.
    #[error("the caller is not the publisher")]
    NotPublisher,
    /// It is not recognised; why is not said (`SEC-28`).
    #[error("the licence is not valid")]
    Invalid,
    /// Another licence is registered for the content id (`SEC-46`).
    #[error("another file is registered under this identifier")]
    Conflict,
    /// The organisation's administrator does not let it be protected like this.
    #[error("{0}")]
    Controlled(Box<Controlled>),
}

impl ContentRefusal {
    /// The refusal as callers and the log get it.
    pub fn problem(&self) -> ProblemType {
        match self {
            Self::NotPublisher => ProblemType::NotPermitted,
            Self::Invalid => ProblemType::LicenceInvalid,
            Self::Conflict => ProblemType::ContentConflict,
            Self::Controlled(controlled) => controlled.rule.problem(),
        }
    }
}

impl From<RecogniseError> for RegisterContentError {
    fn from(error: RecogniseError) -> Self {
        match error {
            RecogniseError::Failed(failure) => Self::Failed(failure),
            RecogniseError::Conflict => Self::Refused(ContentRefusal::Conflict),
            other => {
                tracing::info!(cause = %other, "a publishing licence was not recognised");
                Self::Refused(ContentRefusal::Invalid)
            }
        }
    }
}

/// Registers the file of a publishing licence that the caller has published. The same licence may come again.
///
/// # Errors
///
/// [`RegisterContentError`]; every refusal after the limits is in the log of the caller's tenant.
pub async fn register_content(
    state: &AppState,
    caller: &Caller,
    licence: &[u8],
    file_name: Option<String>,
) -> Result<ContentAnswer, RegisterContentError> {
    if file_name.as_deref().is_some_and(|name| !is_file_name(name)) {
        return Err(RegisterContentError::FileName);
    }
    // Before it is counted, and again below: nothing is counted for somebody who may not.
    caller.permit_in_tenant(Action::PublishContent)?;
    let limits = &state.config().limits;
    limit::take_one(
        state,
        Limited::Publish,
        caller.actor.account,
        limits.publish_per_account,
    )
    .await?;
    register_counted(state, caller, licence, file_name).await
}

/// One file of several.
#[derive(Clone, Debug)]
pub struct PublishedFile {
    /// Its publishing licence.
    pub licence: Vec<u8>,
    /// Its name, if its owner wants to see it.
    pub file_name: Option<String>,
}

/// Registers several files as [`register_content`] does one: each is allowed, counted, verified, registered and logged
/// for itself, in a transaction of its own. The answers are in the order of the files.
///
/// # Errors
///
/// [`Failure`] when the caller may register nothing at all, or the store fails.
pub async fn register_contents(
    state: &AppState,
    caller: &Caller,
    files: Vec<PublishedFile>,
) -> Result<Vec<Result<ContentAnswer, RegisterContentError>>, Failure> {
    caller.permit_in_tenant(Action::PublishContent)?;
    let bucket = state.config().limits.publish_per_account;
    let counted =
        limit::take_each(state, Limited::Publish, caller.actor.account, bucket, files.len()).await?;
    let answers = files.into_iter().zip(counted).map(|(file, counted)| async move {
        let PublishedFile { licence, file_name } = file;
        if file_name.as_deref().is_some_and(|name| !is_file_name(name)) {
            return Err(RegisterContentError::FileName);
        }
        counted.map_or(Ok(()), Err)?;
        // Verifying takes long enough that others must come in between.
        tokio::task::yield_now().await;
        register_counted(state, caller, &licence, file_name).await
    });
    // Side by side, so that the store commits them together.
    Ok(futures_util::future::join_all(answers).await)
}

async fn register_counted(
    state: &AppState,
    caller: &Caller,
    licence: &[u8],
    file_name: Option<String>,
) -> Result<ContentAnswer, RegisterContentError> {
    let permit = caller.permit_in_tenant(Action::PublishContent)?;
    let now = state.now_micros();
    let verified = match verify(state, caller, licence) {
        Ok(verified) => Ok(verified),
        Err(RegisterContentError::Refused(refusal)) => Err(refusal),
        Err(failed) => return Err(failed),
    };
    let input = (state.clone(), caller.clone(), permit, verified, file_name);
    let row = state
        .store()
        .for_tenant(permit.tenant())
        .transact_with(
            "register content",
            input,
            move |(state, caller, permit, verified, file_name), tx| {
                Box::pin(async move {
                    let attempt = match verified {
                        Ok(licence) => attempt(state, tx, permit, licence, file_name.as_deref(), now).await,
                        Err(refusal) => Err(refusal.clone().into()),
                    };
                    keep(caller, tx, permit, attempt, now).await
                })
            },
        )
        .await??;
    Ok(describe(row)?)
}

fn verify(
    state: &AppState,
    caller: &Caller,
    licence: &[u8],
) -> Result<Arc<VerifiedLicence>, RegisterContentError> {
    let verified = recognise::verify(state, licence)?;
    let publisher = verified.publisher();
    if publisher.tenant != caller.tenant() || publisher.subject != caller.actor.account {
        return Err(ContentRefusal::NotPublisher.into());
    }
    Ok(verified)
}

async fn attempt(
    state: &AppState,
    tx: &mut dyn UnitOfWork,
    permit: &Permit,
    licence: &VerifiedLicence,
    file_name: Option<&str>,
    now: Micros,
) -> Result<Content, RegisterContentError> {
    let known = recognise::look_up(state, tx, permit, licence, now).await?;
    let opened = recognise::open(licence, &known)?;
    if known.content.is_none() {
        check_controls(tx, &known.tenant, &opened.policy, licence).await?;
    }
    let row =
        recognise::content_row(state, tx, permit, licence, &known, &opened.policy, file_name, now).await?;
    match tx.register_content(permit, &row).await? {
        Registration::New => Ok(row),
        Registration::Known(stored) => Ok(*stored),
        Registration::Conflict => Err(ContentRefusal::Conflict.into()),
    }
}

/// What the administrator has set holds for what is not registered yet; the rest stays as it is.
async fn check_controls(
    tx: &mut dyn UnitOfWork,
    tenant: &Tenant,
    policy: &Policy,
    licence: &VerifiedLicence,
) -> Result<(), RegisterContentError> {
    let publisher = licence.publisher().subject;
    let Some((protecting, controls)) = controls::protecting(tx, tenant, publisher).await? else {
        return Ok(());
    };
    let refuse = |rule| {
        let controlled = Controlled::by(rule, tenant, &controls);
        ContentRefusal::Controlled(Box::new(controlled))
    };
    let (template, grants) = match &policy.terms {
        Terms::Template { id, .. } => (Some(*id), None),
        Terms::AdHoc(grants) => (None, Some(grants)),
    };
    protecting.check(template).map_err(refuse)?;
    let named: Vec<Domain> = grants
        .into_iter()
        .flat_map(|grants| grants.iter())
        .filter_map(|grant| match &grant.principal {
            Principal::Account(address) => Some(address.domain()),
            Principal::Domain(domain) => Some(domain.clone()),
            _ => None,
        })
        .collect();
    match controls::never_receives(&controls, named.iter()) {
        Some(domain) => Err(refuse(ControlRule::Receiving(domain)).into()),
        None => Ok(()),
    }
}

/// Writes down what came of it. A refusal is an answer to keep, a failure undoes everything.
async fn keep(
    caller: &Caller,
    tx: &mut dyn UnitOfWork,
    permit: &Permit,
    attempt: Result<Content, RegisterContentError>,
    now: Micros,
) -> Result<Result<Content, ContentRefusal>, RegisterContentError> {
    let outcome = match attempt {
        Ok(content) => Ok(content),
        Err(RegisterContentError::Refused(refusal)) => Err(refusal),
        Err(failed) => return Err(failed),
    };
    let user = caller.user(tx).await?;
    let entry = match &outcome {
        Ok(content) => about(
            caller.log_entry(RequestType::Publish, &user, LogResult::Success, now),
            content,
        ),
        Err(refusal) => caller.log_entry(
            RequestType::Publish,
            &user,
            LogResult::Refused(refusal.problem()),
            now,
        ),
    };
    tx.append_log(permit, &entry).await?;
    Ok(outcome)
}

fn is_file_name(name: &str) -> bool {
    (1..=MAX_FILE_NAME).contains(&name.len()) && !name.chars().any(char::is_control)
}
