//! Writing down what came of a request: content, licence and log row in one transaction.

use std::borrow::Cow;
use std::sync::Arc;

use clausa_api::ProblemType;
use clausa_api::licence::LicencePurpose;
use clausa_api::log::RequestType;
use clausa_core::address::Address;
use clausa_core::decision::Refusal;
use clausa_core::id::TenantId;
use clausa_store::StoreError;
use clausa_store::permit::Action;
use clausa_store::record::content::{Content, Registration};
use clausa_store::record::licence::LicenceRecord;
use clausa_store::record::log::LogDraft;
use clausa_store::record::micros::Micros;
use clausa_store::repo::UnitOfWork;

use super::super::acting::{LogResult, about};
use super::super::authenticate::{Announced, AuthenticateError};
use super::super::failure::Failure;
use super::super::{limit, recognise};
use super::draft::{self, Sealed};
use super::facts::{self, Facts};
use super::{IssueLicenceError, IssuedLicence, LicenceRefusal, Prepared, Request, is_invalid};
use crate::limits::Limited;
use crate::request::Caller;
use crate::state::AppState;

/// What came of a request so far.
pub(super) struct Attempt {
    request: Arc<Request>,
    outcome: Result<Arc<Sealed>, LicenceRefusal>,
    /// What was found out about the file, when its licence could be opened.
    facts: Option<Facts>,
}

impl Attempt {
    /// The licence was opened and the policy has spoken.
    pub(super) fn decided(
        request: Arc<Request>,
        outcome: Result<Sealed, LicenceRefusal>,
        facts: Facts,
    ) -> Self {
        Self {
            request,
            outcome: outcome.map(Arc::new),
            facts: Some(facts),
        }
    }

    /// The licence was not recognised.
    pub(super) fn unopened(request: Arc<Request>, refusal: LicenceRefusal) -> Self {
        Self {
            request,
            outcome: Err(refusal),
            facts: None,
        }
    }
}

/// How the transaction finds out who calls.
#[derive(Clone, Copy)]
pub(super) enum Admission {
    /// The first of the call: it uses the proof up and counts the call.
    First,
    /// A later one of the same call.
    Again,
}

type Answers = Vec<Result<IssuedLicence, IssueLicenceError>>;

/// Admits the caller, counts the requests, and records each in the log of its file's tenant: one transaction. Only what is
/// recorded is handed out (`SEC-106`).
pub(super) async fn record(
    state: &AppState,
    announced: &Arc<Announced>,
    by: Admission,
    prepared: Vec<Prepared>,
) -> Result<Answers, IssueLicenceError> {
    let now = state.now_micros();
    // Most calls are about files of one organisation, whose log is written in turn.
    let tenant = prepared
        .first()
        .map_or(announced.caller().actor.tenant, |prepared| {
            prepared.tenant(announced.caller())
        });
    let input = (state.clone(), Arc::clone(announced), prepared);
    state
        .store()
        .for_tenant(tenant)
        .transact_with(
            "issue licences",
            input,
            move |(state, announced, prepared), tx| {
                Box::pin(async move { write(state, announced, by, prepared, tx, now).await })
            },
        )
        .await?
        .map_err(IssueLicenceError::NotAdmitted)
}

async fn write(
    state: &AppState,
    announced: &Announced,
    by: Admission,
    prepared: &[Prepared],
    tx: &mut dyn UnitOfWork,
    now: Micros,
) -> Result<Result<Answers, AuthenticateError>, IssueLicenceError> {
    let found = match announced.look_again(tx, now).await? {
        Ok(found) => found,
        Err(refused) => return Ok(Err(refused)),
    };
    // What was withdrawn or given since it was prepared counts (SEC-45, SEC-50).
    if !announced.is_still(&found) {
        return Err(IssueLicenceError::Changed);
    }
    if let Admission::First = by {
        let calls = state.config().limits.calls_per_account.into();
        if let Err(refused) = announced.admit(tx, found, calls, now).await? {
            return Ok(Err(refused));
        }
    }
    let mut answers = Answers::with_capacity(prepared.len());
    for prepared in prepared {
        answers.push(record_one(state, announced.caller(), prepared, tx, now).await?);
    }
    Ok(Ok(answers))
}

impl Prepared {
    /// Whose log it goes into.
    fn tenant(&self, caller: &Caller) -> TenantId {
        match self {
            Self::Judged(attempt) => attempt.request.permit.tenant(),
            Self::Unread { .. } | Self::Denied(_) => caller.actor.tenant,
        }
    }
}

/// An error fails the transaction; a refusal is an answer, and stays counted and in the log.
async fn record_one(
    state: &AppState,
    caller: &Caller,
    prepared: &Prepared,
    tx: &mut dyn UnitOfWork,
    now: Micros,
) -> Result<Result<IssuedLicence, IssueLicenceError>, IssueLicenceError> {
    let (limits, account) = (&state.config().limits, caller.actor.account);
    let bucket = limits.licence_per_account.into();
    if let Some(limited) = limit::take(tx, Limited::Licence, account, bucket, now).await? {
        return Ok(Err(limited.into()));
    }
    let outcome = match prepared {
        Prepared::Denied(denied) => return Ok(Err((*denied).into())),
        Prepared::Unread {
            purpose,
            refusal,
            now,
        } => {
            record_unread(caller, *purpose, refusal, *now, tx).await?;
            Err(refusal.clone())
        }
        Prepared::Judged(attempt) => record_attempt(attempt, tx).await?,
    };
    if outcome.as_ref().is_err_and(|refusal| is_invalid(refusal.problem)) {
        let bucket = limits.invalid_licence_per_account.into();
        if let Some(limited) = limit::take(tx, Limited::InvalidLicence, account, bucket, now).await? {
            return Ok(Err(limited.into()));
        }
    }
    Ok(outcome.map_err(IssueLicenceError::from))
}

async fn record_attempt(
    attempt: &Attempt,
    tx: &mut dyn UnitOfWork,
) -> Result<Result<IssuedLicence, LicenceRefusal>, IssueLicenceError> {
    let request = &attempt.request;
    let (outcome, content) = settle(request, attempt, tx).await?;
    let known = attempt.facts.as_ref().and_then(Facts::user);
    let user = match known {
        Some(address) => address.as_str().to_owned(),
        None => request.caller().user(tx).await?,
    };
    let entry = entry_of(request, &user, outcome.as_deref(), content.as_deref());
    tx.append_log(&request.permit, &entry).await?;
    Ok(outcome.map(|sealed| sealed.issued.clone()))
}

/// The log entry of what came of a request.
fn entry_of(
    request: &Request,
    user: &str,
    outcome: Result<&Sealed, &LicenceRefusal>,
    content: Option<&Content>,
) -> LogDraft {
    let mut entry = entry(
        request.caller(),
        request.order.purpose,
        user,
        outcome.err(),
        request.now,
    );
    if let Ok(sealed) = outcome {
        entry.rights = Some(sealed.row.rights.clone());
    }
    match content {
        Some(content) => about(entry, content),
        None => LogDraft {
            content: Some(request.licence.licence().content_id()),
            ..entry
        },
    }
}

/// Records a refused request about a licence that says nothing that could be believed.
async fn record_unread(
    caller: &Caller,
    purpose: LicencePurpose,
    refusal: &LicenceRefusal,
    now: Micros,
    tx: &mut dyn UnitOfWork,
) -> Result<(), Failure> {
    let permit = caller.permit_for_self(Action::ReadIdentity)?;
    let user = caller.user(tx).await?;
    tx.append_log(&permit, &entry(caller, purpose, &user, Some(refusal), now))
        .await?;
    Ok(())
}

type Settled<'a> = (Result<Arc<Sealed>, LicenceRefusal>, Option<Cow<'a, Content>>);

/// Registers the file and records the licence, unless the store has learnt better in the meantime.
async fn settle<'a>(
    request: &Request,
    attempt: &'a Attempt,
    tx: &mut dyn UnitOfWork,
) -> Result<Settled<'a>, IssueLicenceError> {
    let Some(facts) = &attempt.facts else {
        let content = tx
            .content(&request.permit, request.licence.licence().content_id())
            .await?;
        return Ok((attempt.outcome.clone(), content.map(Cow::Owned)));
    };
    if facts.known.content.is_none()
        && !recognise::may_register(tx, &request.permit, &request.licence).await?
    {
        return Ok((Err(LicenceRefusal::plain(ProblemType::LicenceInvalid)), None));
    }
    let content = register(request, facts, tx).await?;
    let Some(content) = content else {
        return Ok((Err(LicenceRefusal::plain(ProblemType::ContentConflict)), None));
    };
    let outcome = match facts::who_left(request, facts, tx).await? {
        Some(subject) => {
            let redecided = draft::decide_and_seal(request, facts, &subject)?;
            redecided.map(Arc::new)
        }
        None => attempt.outcome.clone(),
    };
    let outcome = match &outcome {
        Ok(sealed) => record_licence(request, sealed, facts, &content.owner, tx).await?,
        Err(refusal) => Err(refusal.clone()),
    };
    // Its owner may have been forgotten since it was read, and must not come back with the log entry of a refusal.
    let content = match (&outcome, content) {
        (Err(_), Cow::Borrowed(known)) => tx.content(&request.permit, known.id).await?.map(Cow::Owned),
        (_, content) => Some(content),
    };
    Ok((outcome, content))
}

/// The file's row, made if there is none; `None` when another licence was registered for it. A row never becomes
/// another's, so one that was read before need not be read again; its revocation and its owner are looked at when the licence is
/// written.
async fn register<'a>(
    request: &Request,
    facts: &'a Facts,
    tx: &mut dyn UnitOfWork,
) -> Result<Option<Cow<'a, Content>>, Failure> {
    if let Some(known) = &facts.known.content {
        return Ok(Some(Cow::Borrowed(known)));
    }
    let policy = &facts.opened.policy;
    let Request {
        state,
        permit,
        licence,
        now,
        ..
    } = request;
    let row = recognise::content_row(state, tx, permit, licence, &facts.known, policy, None, *now).await?;
    Ok(match tx.register_content(&request.permit, &row).await? {
        Registration::New => Some(Cow::Owned(row)),
        Registration::Known(stored) => Some(Cow::Owned(*stored)),
        Registration::Conflict => None,
    })
}

async fn record_licence(
    request: &Request,
    sealed: &Arc<Sealed>,
    facts: &Facts,
    owner: &Address,
    tx: &mut dyn UnitOfWork,
) -> Result<Result<Arc<Sealed>, LicenceRefusal>, IssueLicenceError> {
    match tx
        .record_licence(&request.permit, &sealed.row, sealed.is_owner, owner)
        .await?
    {
        LicenceRecord::Recorded => {
            note_first_use(request, facts, tx).await?;
            Ok(Ok(Arc::clone(sealed)))
        }
        LicenceRecord::Revoked(revocation) => {
            let refusal = Refusal::Revoked {
                at: revocation.at.timestamp(),
            };
            Ok(Err(LicenceRefusal::by_policy(
                refusal,
                facts.opened.policy.owner.clone(),
            )))
        }
        LicenceRecord::Changed => Err(IssueLicenceError::Changed),
        LicenceRecord::Unknown => Err(Failure::Missing("registered file").into()),
    }
}

/// The first one stays the first.
async fn note_first_use(request: &Request, facts: &Facts, tx: &mut dyn UnitOfWork) -> Result<(), StoreError> {
    if facts.first_use.is_none() {
        let (content, account) = (request.licence.licence().content_id(), facts.subject.account);
        tx.note_first_use(&request.permit, content, account, request.now)
            .await?;
    }
    Ok(())
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
