//! Claims of members to administer their tenant.

use async_trait::async_trait;
use clausa_core::id::TenantId;

use crate::error::StoreError;
use crate::permit::Permit;
use crate::record::claim::{Claim, ClaimState};
use crate::record::ident::ClaimId;
use crate::record::micros::Micros;

/// Claims. At most one of a tenant is in its delay, and none begins once the tenant is managed.
#[async_trait]
pub trait Claims {
    /// Stores a claim. It takes the place of the account's earlier ones that still wait.
    async fn create_claim(&mut self, permit: &Permit, claim: &Claim) -> Result<(), StoreError>;

    /// One claim of the permit's tenant.
    async fn claim(&mut self, permit: &Permit, id: ClaimId) -> Result<Option<Claim>, StoreError>;

    /// The claims of the permit's tenant, the newest first, at most `limit`.
    async fn claims(&mut self, permit: &Permit, limit: u32) -> Result<Vec<Claim>, StoreError>;

    /// The record was seen: the delay runs until `due`. False when the claim does not wait any more, another one is in
    /// its delay, or the tenant is managed. For the authority's own acts.
    async fn prove_claim(
        &mut self,
        permit: &Permit,
        id: ClaimId,
        at: Micros,
        due: Micros,
    ) -> Result<bool, StoreError>;

    /// Ends an open claim without success. False when it is over already.
    async fn end_claim(
        &mut self,
        permit: &Permit,
        id: ClaimId,
        state: ClaimState,
        at: Micros,
    ) -> Result<bool, StoreError>;

    /// The delay is over: the tenant is managed, its claimant administers it, every other claim is over. False, and
    /// nothing is changed, when the claim is not in its delay, the delay is not over, or the tenant is managed. For the
    /// authority's own acts.
    async fn fulfil_claim(&mut self, permit: &Permit, id: ClaimId, at: Micros) -> Result<bool, StoreError>;

    /// Claims of any tenant whose delay is over; for the authority itself.
    async fn due_claims(&mut self, at: Micros, limit: u32) -> Result<Vec<(TenantId, ClaimId)>, StoreError>;
}
