//! Taking over the administration of an organisation (`SEC-87`, `SEC-91`): a member asks, makes a DNS record that only
//! who runs the domain can make, every member is told, a delay passes, and the member administers the tenant. Nothing
//! about keys, templates, files or policies changes.

mod check;
mod describe;
mod start;
mod stop;
mod take_over;
mod value;

use clausa_core::random::RandomnessFailed;
use clausa_store::permit::{Action, Resource, authorise};
use clausa_store::{Denied, Permit, StoreError};

pub use check::check;
pub use describe::list;
pub use start::{Started, start};
pub use stop::{cancel, dispute};
pub use take_over::{Fate, take_over};
pub use value::{LABEL, RecordValue};

use super::failure::{Failure, failures};
use super::oneself::Oneself;

/// How long the record may take to appear.
pub const CLAIM_SECONDS: u64 = 7 * 86_400;

/// Why a claim goes no further.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// There is no such claim, or it is not the caller's to do this with.
    #[error("there is no such claim")]
    Unknown,
    /// The operator has named no resolvers.
    #[error("the operator of this service has not switched claims on")]
    Off,
    /// It is not a domain of the caller's organisation.
    #[error("{domain} is not a domain of your organisation here")]
    NotYourDomain {
        /// The domain as asked for.
        domain: String,
    },
    /// The organisation has an administrator.
    #[error("your organisation has an administrator already: ask there")]
    Managed,
    /// Somebody else's claim is in its delay.
    #[error("somebody else's claim is in its delay; if it is not right, dispute it first")]
    AnotherIsProven,
    /// The claim is over, or it is proven already.
    #[error("the claim does not wait for its record: it is {0}")]
    NotWaiting(&'static str),
    /// The record is not seen.
    #[error("no resolver sees the record; records take minutes, sometimes hours, to appear")]
    Absent,
    /// The record is seen by some resolvers only.
    #[error("some resolvers see the record and some do not; wait until it has spread, and check again")]
    Divided,
    /// Too few resolvers answered.
    #[error("too few resolvers answered; check again in a while")]
    Unanswered,
    /// Something else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

failures!(ClaimError: StoreError, RandomnessFailed, Denied);

/// The permit of `who` for `action` in his tenant.
fn permit(who: &Oneself, action: Action) -> Result<Permit, Denied> {
    authorise(&who.actor, action, &Resource::Tenant(who.tenant()))
}
