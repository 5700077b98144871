//! Writing down what came of a request: content, licence and log row in one transaction.

use std::sync::Arc;

use clausa_api::ProblemType;
use clausa_api::licence::LicencePurpose;
use clausa_api::log::RequestType;
use clausa_core::address::Address;
use clausa_core::decision::Refusal;
use clausa_store::Denied;
use clausa_store::permit::Action;
use clausa_store::record::content::{Content, Registration};
use clausa_store::record::licence::LicenceRecord;
use clausa_store::record::log::LogDraft;
use clausa_store::record::micros::Micros;
use clausa_store::repo::UnitOfWork;

use super::super::acting::{LogResult, about};
use super::super::failure::Failure;
use super::super::recognise;
use super::draft::Sealed;
use super::facts::Facts;
use super::{IssueLicenceError, IssuedLicence, LicenceRefusal, Request};
use crate::request::Caller;
use crate::state::AppState;

/// What came of a request so far.
pub(super) struct Attempt {
    outcome: Result<Sealed, LicenceRefusal>,
    /// What was found out about the file, when its licence could be opened.
    facts: Option<Facts>,
}

impl Attempt {
    /// The licence was opened and the policy has spoken.
    pub(super) fn decided(outcome: Result<Sealed, LicenceRefusal>, facts: Facts) -> Self {
        Self {
            outcome,
            facts: Some(facts),
        }
    }

    /// The licence was not recognised.
    pub(super) fn unopened(refusal: LicenceRefusal) -> Self {
        Self {
            outcome: Err(refusal),
            facts: None,
        }
    }
}

/// Records the attempt in the log of the file's tenant. Only what is recorded is handed out (`SEC-106`).
pub(super) async fn record(
    request: Arc<Request>,
    attempt: Attempt,
) -> Result<IssuedLicence, IssueLicenceError> {
    let store = request.state.store().for_tenant(request.permit.tenant());
    let outcome = store
        .transact_with("issue licence", (request, attempt), |(request, attempt), tx| {
            Box::pin(async move {
                let (outcome, content) = settle(request, attempt, tx).await?;
                let refusal = outcome.as_ref().err();
                let user = request.caller.user(tx).await?;
                let mut entry = entry(
                    &request.caller,
                    request.order.purpose,
                    &user,
                    refusal,
                    request.now,
                );
                if let Ok(sealed) = &outcome {
                    entry.rights = Some(sealed.row.rights.clone());
                }
                let entry = match &content {
                    Some(content) => about(entry, content),
                    None => LogDraft {
                        content: Some(request.licence.licence().content_id()),
                        ..entry
                    },
                };
                tx.append_log(&request.permit, &entry).await?;
                Ok::<_, IssueLicenceError>(outcome.map(|sealed| sealed.issued.clone()))
            })
        })
        .await?;
    outcome.map_err(IssueLicenceError::from)
}

/// Records a refused request about a licence that says nothing that could be believed.
pub(super) async fn record_unread(
    state: &AppState,
    caller: &Caller,
    purpose: LicencePurpose,
    refusal: &LicenceRefusal,
    now: Micros,
) -> Result<(), Failure> {
    let input = (caller.clone(), refusal.clone());
    state
        .store()
        .for_tenant(caller.actor.tenant)
        .transact_with("refuse licence", input, move |(caller, refusal), tx| {
            Box::pin(async move {
                let permit = caller.permit_for_self(Action::ReadIdentity)?;
                let user = caller.user(tx).await?;
                tx.append_log(&permit, &entry(caller, purpose, &user, Some(refusal), now))
                    .await?;
                Ok::<_, Failure>(())
            })
        })
        .await
}

type Settled<'a> = (Result<&'a Sealed, LicenceRefusal>, Option<Content>);

/// Registers the file and records the licence, unless the store has learnt better in the meantime.
async fn settle<'a>(
    request: &Request,
    attempt: &'a Attempt,
    tx: &mut dyn UnitOfWork,
) -> Result<Settled<'a>, Failure> {
    let Some(facts) = &attempt.facts else {
        let content = tx
            .content(&request.permit, request.licence.licence().content_id())
            .await?;
        return Ok((attempt.outcome.as_ref().map_err(Clone::clone), content));
    };
    // What was withdrawn since the facts were read counts (SEC-45, SEC-50).
    if tx.caller_device(&request.caller.actor).await?.is_none() {
        return Err(Denied::DeviceNeeded.into());
    }
    if facts.known.content.is_none()
        && !recognise::may_register(tx, &request.permit, &request.licence).await?
    {
        return Ok((Err(LicenceRefusal::plain(ProblemType::LicenceInvalid)), None));
    }
    let policy = &facts.opened.policy;
    let row = recognise::content_row(tx, &request.licence, &facts.known, policy, None, request.now).await?;
    let content = match tx.register_content(&request.permit, &row).await? {
        Registration::New => row,
        Registration::Known(stored) => *stored,
        Registration::Conflict => {
            return Ok((Err(LicenceRefusal::plain(ProblemType::ContentConflict)), None));
        }
    };
    let outcome = match &attempt.outcome {
        Ok(sealed) => record_licence(request, sealed, &policy.owner, tx).await?,
        Err(refusal) => Err(refusal.clone()),
    };
    Ok((outcome, Some(content)))
}

async fn record_licence<'a>(
    request: &Request,
    sealed: &'a Sealed,
    owner: &Address,
    tx: &mut dyn UnitOfWork,
) -> Result<Result<&'a Sealed, LicenceRefusal>, Failure> {
    match tx
        .record_licence(&request.permit, &sealed.row, sealed.is_owner)
        .await?
    {
        LicenceRecord::Recorded => {
            tx.note_first_use(
                &request.permit,
                sealed.row.content,
                sealed.row.account,
                request.now,
            )
            .await?;
            Ok(Ok(sealed))
        }
        LicenceRecord::Revoked(revocation) => {
            let refusal = Refusal::Revoked {
                at: revocation.at.timestamp(),
            };
            Ok(Err(LicenceRefusal::by_policy(refusal, owner.clone())))
        }
        LicenceRecord::Unknown => Err(Failure::Missing("registered file")),
    }
}

fn entry(
    caller: &Caller,
    purpose: LicencePurpose,
    user: &str,
    refusal: Option<&LicenceRefusal>,
    now: Micros,
) -> LogDraft {
    let request = match purpose {
        LicencePurpose::Open => RequestType::AcquireLicense,
        LicencePurpose::Unprotect => RequestType::RemoveProtection,
    };
    let result = refusal.map_or(LogResult::Success, |refusal| LogResult::Refused(refusal.problem));
    let right = refusal
        .and_then(|refusal| refusal.right)
        .map(|right| right.as_str().to_owned());
    LogDraft {
        rights: right,
        ..caller.log_entry(request, user, result, now)
    }
}
