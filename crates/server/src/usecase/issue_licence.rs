//! Issuing a use licence: the authority's main act.
//!
//! Verify the publishing licence, unwrap its keys, decide by the policy, seal the content key to the caller's device,
//! and write licence and log row in one transaction: no durable row, no key (`SEC-106`). The revocation is checked
//! again inside that transaction, so that once a revocation was answered no licence follows it (`SEC-98`).

mod draft;
mod facts;
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

use super::failure::{Failure, failures};
use super::limit;
use super::recognise::{self, RecogniseError};
use crate::limits::Limited;
use crate::request::Caller;
use crate::state::AppState;

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
    /// Refused; the refusal is in the log.
    #[error(transparent)]
    Refused(#[from] LicenceRefusal),
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
}

impl LicenceRefusal {
    fn plain(problem: ProblemType) -> Self {
        Self {
            problem,
            owner: None,
            right: None,
            at: None,
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
    caller: &Caller,
    order: LicenceOrder,
) -> Result<IssuedLicence, IssueLicenceError> {
    let account = caller.actor.account;
    limit::take_one(
        state,
        Limited::Licence,
        account,
        state.config().limits.licence_per_account,
    )
    .await?;
    match issue(state, caller, order).await {
        Err(IssueLicenceError::Refused(refusal)) if is_invalid(refusal.problem) => {
            let bucket = state.config().limits.invalid_licence_per_account;
            limit::take_one(state, Limited::InvalidLicence, account, bucket).await?;
            Err(refusal.into())
        }
        outcome => outcome,
    }
}

fn is_invalid(problem: ProblemType) -> bool {
    matches!(
        problem,
        ProblemType::LicenceInvalid | ProblemType::ContentConflict
    )
}

/// One request on its way, shared by the transactions it runs.
struct Request {
    state: AppState,
    caller: Caller,
    order: LicenceOrder,
    licence: VerifiedLicence,
    permit: Permit,
    now: Micros,
}

async fn issue(
    state: &AppState,
    caller: &Caller,
    order: LicenceOrder,
) -> Result<IssuedLicence, IssueLicenceError> {
    let now = state.now_micros();
    let licence = match recognise::verify(state, &order.publishing_licence).map_err(IssueLicenceError::from) {
        Ok(licence) => licence,
        Err(IssueLicenceError::Refused(refusal)) => {
            // Nothing that an unverified licence says is believed, so the entry goes into the caller's own log.
            record::record_unread(state, caller, order.purpose, &refusal, now).await?;
            return Err(refusal.into());
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
    let permit = authorise(&caller.actor, Action::RequestLicence, &resource)?;
    let request = Arc::new(Request {
        state: state.clone(),
        caller: caller.clone(),
        order,
        licence,
        permit,
        now,
    });
    let facts = facts::load(&request).await;
    let attempt = match facts {
        Ok(facts) => record::Attempt::decided(draft::decide_and_seal(&request, &facts)?, facts),
        Err(IssueLicenceError::Refused(refusal)) => record::Attempt::unopened(refusal),
        Err(failed) => return Err(failed),
    };
    record::record(request, attempt).await
}
