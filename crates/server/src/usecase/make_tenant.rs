//! Making a tenant: its keys, its key set, its two templates. The first person of a domain brings it about; nobody
//! becomes an administrator by it (`SEC-86`).

use clausa_core::address::Domain;
use clausa_core::id::TenantId;
use clausa_core::random::SystemRandom;
use clausa_store::record::template::Template;
use clausa_store::record::tenant::{DomainClaim, Plan, Tenant};
use clausa_store::repo::UnitOfWork;
use clausa_store::{Permit, StoreError, SystemAct};

use super::default_templates::default_templates;
use super::failure::Failure;
use super::tenant_keys::{self, NewTenantKeys};
use crate::state::AppState;

/// A tenant with everything it begins with, not stored yet. Making keys takes its time, so it happens before the
/// transaction: [`prepare_organisation`] or [`prepare_personal`], then [`NewTenant::store`] inside it.
pub struct NewTenant {
    tenant: Tenant,
    domain: Option<Domain>,
    keys: NewTenantKeys,
    templates: Vec<Template>,
}

/// What became of a new tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MadeTenant {
    /// It exists now.
    Made,
    /// Another sign-up was quicker: the domain belongs to this tenant, and nothing of the new one was kept as its own.
    DomainTaken(TenantId),
}

/// Prepares the unmanaged tenant of `domain`, named after it.
///
/// # Errors
///
/// [`Failure`] when keys cannot be made.
pub async fn prepare_organisation(state: &AppState, domain: &Domain) -> Result<NewTenant, Failure> {
    prepare(state, Some((domain.clone(), organisation_name(domain)))).await
}

/// Prepares the personal tenant of one address at a consumer domain, which nobody ever joins (`SEC-93`).
///
/// # Errors
///
/// [`Failure`] when keys cannot be made.
pub async fn prepare_personal(state: &AppState) -> Result<NewTenant, Failure> {
    prepare(state, None).await
}

impl NewTenant {
    /// The tenant's id.
    pub fn id(&self) -> TenantId {
        self.tenant.id
    }

    /// The organisation's name; `None` for a personal tenant.
    pub fn organisation(&self) -> Option<&str> {
        (!self.tenant.personal).then_some(self.tenant.name.as_str())
    }

    /// Stores the tenant with all that belongs to it, as part of the sign-up's own transaction.
    ///
    /// # Errors
    ///
    /// The store's failure.
    pub async fn store(&self, tx: &mut dyn UnitOfWork) -> Result<MadeTenant, StoreError> {
        if let Some(domain) = &self.domain
            && let Some(owner) = tx.tenant_of_domain(domain).await?
        {
            return Ok(MadeTenant::DomainTaken(owner.id));
        }
        let permit = Permit::system(SystemAct::SignUp(self.tenant.id));
        tx.create_tenant(&permit, &self.tenant).await?;
        if let Some(domain) = &self.domain
            && let DomainClaim::Taken(owner) =
                tx.claim_domain(&permit, domain, self.tenant.created_at).await?
        {
            return Ok(MadeTenant::DomainTaken(owner));
        }
        for key in &self.keys.keys {
            tx.add_tenant_key(&permit, key).await?;
        }
        tx.put_key_set(&permit, &self.keys.key_set).await?;
        for template in &self.templates {
            tx.create_template(&permit, template).await?;
        }
        Ok(MadeTenant::Made)
    }
}

async fn prepare(state: &AppState, organisation: Option<(Domain, String)>) -> Result<NewTenant, Failure> {
    let state = state.clone();
    let make = move || {
        let (now, mut rng) = (state.now_micros(), SystemRandom);
        let id = TenantId::generate(&mut rng)?;
        let name = organisation.as_ref().map(|(_, name)| name.as_str());
        let suite = state.config().keys.suite.suite();
        let keys = tenant_keys::generate(id, name, suite, state.root(), now.timestamp(), &mut rng)?;
        let templates = default_templates(id, name, now, &mut rng)?;
        let tenant = Tenant {
            id,
            name: name.unwrap_or_default().to_owned(),
            plan: Plan::Individual,
            managed: false,
            personal: organisation.is_none(),
            epoch: 1,
            groups: 0,
            successions: 0,
            created_at: now,
        };
        Ok(NewTenant {
            tenant,
            domain: organisation.map(|(domain, _)| domain),
            keys,
            templates,
        })
    };
    tokio::task::spawn_blocking(make).await.map_err(Failure::Worker)?
}

/// `contoso.example` is Contoso. A name under a registered domain, or one in another script's encoding, stays as it is:
/// shortened, it could be taken for somebody else.
fn organisation_name(domain: &Domain) -> String {
    let text = domain.as_str();
    let label = text.split('.').next().unwrap_or(text);
    if psl::domain_str(text) != Some(text) || label.starts_with("xn--") {
        return text.to_owned();
    }
    let mut letters = label.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + letters.as_str()
    })
}

#[cfg(test)]
mod tests {
    use super::organisation_name;

    #[test]
    fn an_organisation_is_named_after_its_domain() {
        for (domain, name) in [
            ("contoso.example", "Contoso"),
            ("fabrikam.co.uk", "Fabrikam"),
            ("dept.uni.example", "dept.uni.example"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ] {
            assert_eq!(organisation_name(&domain.parse().unwrap()), name);
        }
    }
}
