//! Issuing a use licence: the authority's main act.
//!
//! Verify the publishing licence, unwrap its keys, decide by the policy and seal the content key to the caller's device:
//! all that changes nothing. Then one transaction finds out again who calls, uses up his proof, counts the call and the
//! request, and writes licence and log row: no durable row, no key (`SEC-106`). The revocation is checked inside that
//! transaction, so that once a revocation was answered no licence follows it (`SEC-98`).

mod draft;
mod facts;
mod owner;
mod record;

use std::sync::Arc;

use clausa_api::ProblemType;
use clausa_api::licence::LicencePurpose;
use clausa_core::address::Address;
use clausa_core::decision::Refusal;
use clausa_core::publishing::VerifiedLicence;
use clausa_core::rights::Right;
use clausa_core::time::Timestamp;
use clausa_core::use_licence::NONCE_LENGTH;
use clausa_store::permit::{Action, Resource, authorise};
use clausa_store::record::micros::Micros;
use clausa_store::{Denied, Permit, StoreError};

use super::authenticate::{Announced, AuthenticateError};
use super::controls::Controlled;
use super::failure::{Failure, failures};
use super::recognise::{self, RecogniseError};
use crate::request::Caller;
use crate::state::AppState;

/// Requests of one call that are written by one transaction: enough to share its cost, and few enough that others do not
/// wait long for theirs.
const TOGETHER: usize = 64;
/// The first ones of a call are prepared before anything is counted: no more than are worth little to a caller who has
/// used up his limit.
const FIRST_TOGETHER: usize = 16;

/// What is asked.
#[derive(Clone, Debug)]
pub struct LicenceOrder {
    /// The publishing licence.
    pub publishing_licence: Vec<u8>,
    /// Repeated in the answer.
    pub nonce: [u8; NONCE_LENGTH],
    /// What the caller is about to do.
    pub purpose: LicencePurpose,
}

/// A use licence and the certificate of the key that signed it.
#[derive(Clone, Debug)]
pub struct IssuedLicence {
    /// The licence.
    pub use_licence: Vec<u8>,
    /// The tenant's certificate, signed by the root.
    pub certificate: Vec<u8>,
}

/// Why no licence is issued, ordered by whose fault it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssueLicenceError {
    /// The call as a whole is refused, and leaves no row in the log.
    #[error(transparent)]
    NotAdmitted(#[from] AuthenticateError),
    /// Refused; the refusal is in the log.
    #[error(transparent)]
    Refused(#[from] LicenceRefusal),
    /// The account or its device was changed in the meantime; nothing was kept, and it is worth another try.
    #[error("the caller was changed in the meantime")]
    Changed,
    /// Something else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

failures!(IssueLicenceError: StoreError, Denied);

/// A refusal, as the caller and the log get it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no licence: {}", problem.code())]
pub struct LicenceRefusal {
    /// Why.
    pub problem: ProblemType,
    /// Whom to ask, when the licence could be read.
    pub owner: Option<Address>,
    /// The right that was missing.
    pub right: Option<Right>,
    /// From when, or until when, access was given.
    pub at: Option<Timestamp>,
    /// What an administrator has set, when that is why.
    pub controlled: Option<Box<Controlled>>,
}

impl LicenceRefusal {
    fn plain(problem: ProblemType) -> Self {
        Self {
            problem,
            owner: None,
            right: None,
            at: None,
            controlled: None,
        }
    }

    fn controlled(controlled: Controlled, owner: Address) -> Self {
        Self {
            owner: Some(owner),
            controlled: Some(Box::new(controlled.clone())),
            ..Self::plain(controlled.rule.problem())
        }
    }

    fn by_policy(refusal: Refusal, owner: Address) -> Self {
        let (problem, right, at) = match refusal {
            Refusal::NotNamed => (ProblemType::NotNamed, None, None),
            Refusal::Revoked { at } => (ProblemType::AccessRevoked, None, Some(at)),
            Refusal::NotYetValid { from } => (ProblemType::NotYetValid, None, Some(from)),
            Refusal::Expired { at } => (ProblemType::AccessExpired, None, Some(at)),
            Refusal::MissingRight { right } => (ProblemType::RightMissing, Some(right), None),
            // A template that is not known gives nobody anything.
            _ => (ProblemType::NotNamed, None, None),
        };
        Self {
            problem,
            owner: Some(owner),
            right,
            at,
            controlled: None,
        }
    }
}

impl From<RecogniseError> for IssueLicenceError {
    fn from(error: RecogniseError) -> Self {
        match error {
            RecogniseError::Failed(failure) => Self::Failed(failure),
            RecogniseError::Conflict => Self::Refused(LicenceRefusal::plain(ProblemType::ContentConflict)),
            other => {
                tracing::info!(cause = %other, "a publishing licence was not recognised");
                Self::Refused(LicenceRefusal::plain(ProblemType::LicenceInvalid))
            }
        }
    }
}

/// Issues a use licence to the calling device, or refuses. Both are in the log when this returns.
///
/// # Errors
///
/// [`IssueLicenceError`].
pub async fn issue_licence(
    state: &AppState,
    announced: Announced,
    order: LicenceOrder,
) -> Result<IssuedLicence, IssueLicenceError> {
    let mut answers = issue_licences(state, announced, vec![order]).await?;
    answers
        .pop()
        .unwrap_or(Err(Failure::Missing("answer to a request").into()))
}

/// Issues use licences to the calling device, or refuses them, each for itself: counted, decided and logged as if it had
/// been asked for alone, in one call.
///
/// # Errors
///
/// [`IssueLicenceError::NotAdmitted`] when the call as a whole is refused, and what fails all of them.
pub async fn issue_licences(
    state: &AppState,
    announced: Announced,
    orders: Vec<LicenceOrder>,
) -> Result<Vec<Result<IssuedLicence, IssueLicenceError>>, IssueLicenceError> {
    let announced = Arc::new(announced);
    let mut answers: Vec<Result<_, _>> = Vec::with_capacity(orders.len());
    let mut orders = orders.into_iter();
    while !orders.as_slice().is_empty() {
        if let Some(Err(IssueLicenceError::Failed(Failure::RateLimited { seconds }))) = answers.last() {
            // Nothing was taken from the bucket for it, and nothing would be for the others.
            let limited = Failure::RateLimited { seconds: *seconds };
            answers.push(Err(limited.into()));
            orders.next();
            continue;
        }
        let (by, together) = match answers.is_empty() {
            true => (record::Admission::First, FIRST_TOGETHER),
            false => (record::Admission::Again, TOGETHER),
        };
        let mut prepared = Vec::with_capacity(together.min(orders.len()));
        for order in orders.by_ref().take(together) {
            prepared.push(prepare(state, &announced, order).await?);
            // Others want to get on between two of them.
            tokio::task::yield_now().await;
        }
        let recorded = record::record(state, &announced, by, prepared).await?;
        recorded
            .iter()
            .for_each(|answer| state.metrics().licence(outcome(answer)));
        answers.extend(recorded);
        if let Some(Err(IssueLicenceError::Failed(Failure::Denied(denied)))) = answers.last() {
            // It is the caller who may not ask, whatever for.
            return Err((*denied).into());
        }
    }
    Ok(answers)
}

/// What came of a request, as it is counted.
fn outcome(answer: &Result<IssuedLicence, IssueLicenceError>) -> &'static str {
    match answer {
        Ok(_) => "issued",
        Err(IssueLicenceError::Refused(refusal)) => refusal.problem.code(),
        Err(_) => "failed",
    }
}

fn is_invalid(problem: ProblemType) -> bool {
    matches!(
        problem,
        ProblemType::LicenceInvalid | ProblemType::ContentConflict
    )
}

/// One request on its way.
struct Request {
    state: AppState,
    announced: Arc<Announced>,
    order: LicenceOrder,
    licence: Arc<VerifiedLicence>,
    permit: Permit,
    now: Micros,
}

impl Request {
    fn caller(&self) -> &Caller {
        self.announced.caller()
    }
}

/// What a request comes to, if the transaction agrees.
enum Prepared {
    /// Nothing that an unverified licence says is believed, so the entry goes into the caller's own log.
    Unread {
        purpose: LicencePurpose,
        refusal: LicenceRefusal,
        now: Micros,
    },
    /// The caller is not one who may ask.
    Denied(Denied),
    /// The licence was verified.
    Judged(Box<record::Attempt>),
}

async fn prepare(
    state: &AppState,
    announced: &Arc<Announced>,
    order: LicenceOrder,
) -> Result<Prepared, IssueLicenceError> {
    match judge(state, announced, order).await {
        // Counted as every other request.
        Err(IssueLicenceError::Failed(Failure::Denied(denied))) => Ok(Prepared::Denied(denied)),
        other => other,
    }
}

async fn judge(
    state: &AppState,
    announced: &Arc<Announced>,
    order: LicenceOrder,
) -> Result<Prepared, IssueLicenceError> {
    let now = state.now_micros();
    let licence = match recognise::verify(state, &order.publishing_licence).map_err(IssueLicenceError::from) {
        Ok(licence) => licence,
        Err(IssueLicenceError::Refused(refusal)) => {
            let purpose = order.purpose;
            return Ok(Prepared::Unread {
                purpose,
                refusal,
                now,
            });
        }
        Err(failed) => return Err(failed),
    };
    let publishing = licence.licence();
    // Whose the file is decides nothing here: its policy does.
    let (tenant, content) = (publishing.tenant(), publishing.content_id());
    let resource = Resource::Content {
        tenant,
        content,
        owner: None,
    };
    let permit = authorise(&announced.caller().actor, Action::RequestLicence, &resource)?;
    let request = Arc::new(Request {
        state: state.clone(),
        announced: Arc::clone(announced),
        order,
        licence,
        permit,
        now,
    });
    let attempt = match facts::load(&request).await {
        Ok(facts) => {
            let outcome = draft::decide_and_seal(&request, &facts, &facts.subject)?;
            record::Attempt::decided(request, outcome, facts)
        }
        Err(IssueLicenceError::Refused(refusal)) => record::Attempt::unopened(request, refusal),
        Err(failed) => return Err(failed),
    };
    Ok(Prepared::Judged(Box::new(attempt)))
}
