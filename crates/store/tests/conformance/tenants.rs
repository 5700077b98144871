use clausa_core::address::Domain;
use clausa_core::id::TenantId;
use clausa_store::record::tenant::{DomainClaim, Plan, Tenant};

use super::Fixture;
use super::world::*;
use crate::{commit, look};

fn domain() -> Domain {
    "contoso.example".parse().unwrap()
}

pub async fn a_new_tenant_is_read_back(fixture: impl Fixture) {
    let store = fixture.store();
    let tenant = tenant();
    let id = tenant.id;
    assert_eq!(look!(store, [id], |tx| tx.find_tenant(*id).await?), None);
    assert!(commit!(store, [tenant], |tx| tx
        .create_tenant(&system(tenant.id), tenant)
        .await?));
    assert_eq!(
        look!(store, [id], |tx| tx.find_tenant(*id).await?),
        Some(tenant.clone())
    );
    assert_eq!(
        look!(store, [id], |tx| tx.tenant(&system(*id)).await?),
        Some(tenant)
    );
}

pub async fn a_tenant_id_is_used_once(fixture: impl Fixture) {
    let store = fixture.store();
    let tenant = tenant();
    assert!(commit!(store, [tenant], |tx| tx
        .create_tenant(&system(tenant.id), tenant)
        .await?));
    let usurper = Tenant {
        name: "Fabrikam".to_owned(),
        ..tenant.clone()
    };
    assert!(!commit!(store, [usurper], |tx| tx
        .create_tenant(&system(usurper.id), usurper)
        .await?));
    let id = tenant.id;
    assert_eq!(look!(store, [id], |tx| tx.find_tenant(*id).await?), Some(tenant));
}

pub async fn a_domain_belongs_to_one_tenant(fixture: impl Fixture) {
    let store = fixture.store();
    let (first, second, domain) = (stored_tenant(store).await, stored_tenant(store).await, domain());
    let claim = async |tenant: TenantId| {
        commit!(store, [tenant, domain], |tx| tx
            .claim_domain(&system(*tenant), domain, NOW)
            .await?)
    };
    assert_eq!(claim(first).await, DomainClaim::Claimed);
    assert_eq!(claim(second).await, DomainClaim::Taken(first));
    assert_eq!(claim(first).await, DomainClaim::Taken(first));
    let owner = look!(store, [domain], |tx| tx.tenant_of_domain(domain).await?);
    assert_eq!(owner.unwrap().id, first);
    assert_eq!(
        look!(store, [first], |tx| tx.domains(&system(*first)).await?),
        [domain]
    );
    assert!(look!(store, [second], |tx| tx.domains(&system(*second)).await?).is_empty());
}

pub async fn of_many_claims_to_a_domain_one_wins(fixture: impl Fixture) {
    let store = fixture.store();
    let claims = at_once(50, |_| {
        let store = store.clone();
        async move {
            let (tenant, domain) = (stored_tenant(&store).await, domain());
            commit!(store, [tenant, domain], |tx| tx
                .claim_domain(&system(*tenant), domain, NOW)
                .await?)
        }
    })
    .await;
    assert_eq!(
        claims
            .iter()
            .filter(|claim| **claim == DomainClaim::Claimed)
            .count(),
        1
    );
}

pub async fn a_tenant_changes_its_plan_and_nothing_else(fixture: impl Fixture) {
    let store = fixture.store();
    let tenant = tenant();
    let id = tenant.id;
    commit!(store, [tenant], |tx| tx
        .create_tenant(&system(tenant.id), tenant)
        .await?);
    assert!(commit!(store, [id], |tx| tx
        .update_tenant(&system(*id), "Contoso Ltd", Plan::Organisation, true)
        .await?));
    let changed = Tenant {
        name: "Contoso Ltd".to_owned(),
        plan: Plan::Organisation,
        managed: true,
        ..tenant
    };
    assert_eq!(look!(store, [id], |tx| tx.find_tenant(*id).await?), Some(changed));
}
