//! Tenants and their domains.

use clausa_core::id::TenantId;

use super::micros::Micros;
use super::words;

words! {
    /// A plan is only a flag: no key, policy or file format depends on it.
    Plan {
        /// Free, by self-service.
        Individual = "individual",
        /// Run by the organisation.
        Organisation = "organisation",
    }
}

/// An organisation, or the personal tenant of one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Never used a second time.
    pub id: TenantId,
    /// The organisation's name; empty for a personal tenant.
    pub name: String,
    /// The plan.
    pub plan: Plan,
    /// True when an administrator has proven the domain.
    pub managed: bool,
    /// True for the tenant of one address at a consumer domain, which nobody joins (`SEC-93`).
    pub personal: bool,
    /// Grows with every revocation in the tenant; use licences carry it, so that clients notice older ones.
    pub epoch: u64,
    /// How many groups it has. A new tenant has none, whatever this says.
    pub groups: u32,
    /// How many addresses of it belonged to accounts that were closed. A new tenant has none, whatever this says.
    pub successions: u32,
    /// When it was made.
    pub created_at: Micros,
}

/// What became of a claim to a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DomainClaim {
    /// The domain now belongs to the tenant.
    Claimed,
    /// It belongs to this tenant already, which may be the claimant.
    Taken(TenantId),
}
