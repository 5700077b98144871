//! Claims: a member asks to administer the tenant, by showing that he runs its domain.

use clausa_core::address::Domain;
use clausa_core::id::AccountId;

use super::hash::ClaimHash;
use super::ident::ClaimId;
use super::micros::Micros;
use super::words;

words! {
    /// What a claim is about.
    ClaimScope {
        /// The domain itself and nothing below it.
        Domain = "domain",
    }
}

words! {
    /// How far a claim is.
    ClaimState {
        /// The record is not seen yet.
        Waiting = "waiting",
        /// The record was seen and everybody was told; the delay runs.
        Proven = "proven",
        /// The claimant administers the tenant.
        Done = "done",
        /// The claimant gave it up, or another claim was quicker.
        Cancelled = "cancelled",
        /// A member objected.
        Disputed = "disputed",
        /// It ran out, or the record was gone when the delay ended.
        Lapsed = "lapsed",
    }
}

/// One claim. The record's value itself is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The claim.
    pub id: ClaimId,
    /// Who asks.
    pub account: AccountId,
    /// The domain whose record proves it.
    pub domain: Domain,
    /// What it is about.
    pub scope: ClaimScope,
    /// What the record's value hashes to, together with tenant, claimant, domain and scope.
    pub value: ClaimHash,
    /// How far it is.
    pub state: ClaimState,
    /// When it began.
    pub created_at: Micros,
    /// Until when the record has to be seen.
    pub expires_at: Micros,
    /// When the record was seen.
    pub proven_at: Option<Micros>,
    /// When the delay ends.
    pub due_at: Option<Micros>,
    /// When it was over, in whatever way.
    pub ended_at: Option<Micros>,
}

impl Claim {
    /// True while it may still become something.
    pub fn is_open(&self) -> bool {
        matches!(self.state, ClaimState::Waiting | ClaimState::Proven)
    }
}
