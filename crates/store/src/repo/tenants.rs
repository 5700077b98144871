//! Tenants and domains.

use async_trait::async_trait;
use clausa_core::address::Domain;
use clausa_core::id::TenantId;

use crate::error::StoreError;
use crate::permit::Permit;
use crate::record::tenant::{DomainClaim, Plan, Tenant};

/// Tenants and the domains that belong to them.
#[async_trait]
pub trait Tenants {
    /// Stores a new tenant: the one the permit names. False when its id exists. For the authority's own acts.
    async fn create_tenant(&mut self, permit: &Permit, tenant: &Tenant) -> Result<bool, StoreError>;

    /// The permit's tenant. Any permit will do.
    async fn tenant(&mut self, permit: &Permit) -> Result<Option<Tenant>, StoreError>;

    /// Any tenant, by its id: for finding out whether an id that a request names is known at all.
    async fn find_tenant(&mut self, tenant: TenantId) -> Result<Option<Tenant>, StoreError>;

    /// The tenant that a domain belongs to; for sign-up, before there is anybody.
    async fn tenant_of_domain(&mut self, domain: &Domain) -> Result<Option<Tenant>, StoreError>;

    /// Gives the permit's tenant a domain, unless some tenant has it. For the authority's own acts.
    async fn claim_domain(
        &mut self,
        permit: &Permit,
        domain: &Domain,
        at: crate::record::micros::Micros,
    ) -> Result<DomainClaim, StoreError>;

    /// The domains of the permit's tenant, in order. Any permit will do.
    async fn domains(&mut self, permit: &Permit) -> Result<Vec<Domain>, StoreError>;

    /// Changes name, plan and whether the tenant is managed. False when there is none. For the authority's own acts.
    async fn update_tenant(
        &mut self,
        permit: &Permit,
        name: &str,
        plan: Plan,
        managed: bool,
    ) -> Result<bool, StoreError>;
}
