use clausa_core::id::TenantId;
use clausa_store::permit::Action;
use clausa_store::record::account::Role;
use clausa_store::record::claim::{Claim, ClaimState};
use clausa_store::record::ident::ClaimId;

use super::Fixture;
use super::world::*;
use crate::{commit, look};
use clausa_store::Store;

const LATER: u64 = 72 * 3_600;

async fn claimed(store: &Store, person: &Person) -> Claim {
    let domain = person.address.domain();
    let claim = person.claim(&domain);
    let (own, permit) = (system(person.tenant()), person.in_tenant(Action::ClaimTenant));
    commit!(store, [own, permit, claim, domain], |tx| {
        tx.claim_domain(own, domain, NOW).await?;
        tx.create_claim(permit, claim).await?
    });
    claim
}

async fn prove(store: &Store, tenant: TenantId, id: ClaimId) -> bool {
    commit!(store, [tenant, id], |tx| tx
        .prove_claim(&system(*tenant), *id, NOW, NOW.plus_seconds(LATER))
        .await?)
}

async fn state_of(store: &Store, tenant: TenantId, id: ClaimId) -> ClaimState {
    let found = look!(store, [tenant, id], |tx| tx.claim(&system(*tenant), *id).await?);
    found.unwrap().state
}

pub async fn a_claim_goes_from_state_to_state(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let (tenant, account) = (janet.tenant(), janet.id());
    let first = claimed(store, &janet).await;
    let (id, found) = (
        first.id,
        look!(store, [tenant], |tx| tx.claims(&system(*tenant), 10).await?),
    );
    assert_eq!(found, [first]);
    // A second one takes its place.
    let second = claimed(store, &janet).await.id;
    assert_eq!(state_of(store, tenant, id).await, ClaimState::Cancelled);
    assert!(!prove(store, tenant, id).await);
    assert!(prove(store, tenant, second).await);
    assert!(!prove(store, tenant, second).await, "a record proves once");

    let fulfil = async |seconds: u64| {
        let at = NOW.plus_seconds(seconds);
        commit!(store, [tenant, second, at], |tx| tx
            .fulfil_claim(&system(*tenant), *second, *at)
            .await?)
    };
    let due = async |seconds: u64| {
        let at = NOW.plus_seconds(seconds);
        look!(store, [at], |tx| tx.due_claims(*at, 10).await?)
    };
    assert!(due(LATER - 1).await.is_empty() && !fulfil(LATER - 1).await);
    assert_eq!(due(LATER).await, [(tenant, second)]);
    assert!(fulfil(LATER).await && !fulfil(LATER).await);
    assert!(due(LATER).await.is_empty());
    let (found, person) = look!(store, [tenant, account], |tx| (
        tx.find_tenant(*tenant).await?,
        tx.account(&system(*tenant), *account).await?
    ));
    assert!(found.unwrap().managed);
    assert_eq!(person.unwrap().role, Role::Administrator);
    // The tenant is managed: nobody proves another claim.
    let third = claimed(store, &janet).await.id;
    assert!(!prove(store, tenant, third).await);
}

pub async fn one_claim_is_in_its_delay(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let tenant = janet.tenant();
    let sam = Person::stored(store, tenant, "sam@contoso.example").await;
    let (hers, his) = (claimed(store, &janet).await.id, claimed(store, &sam).await.id);
    assert!(prove(store, tenant, hers).await && !prove(store, tenant, his).await);
    let permit = sam.in_tenant(Action::DisputeClaim);
    let end = async || {
        commit!(store, [permit, hers], |tx| tx
            .end_claim(permit, *hers, ClaimState::Disputed, NOW)
            .await?)
    };
    assert!(end().await && !end().await);
    assert_eq!(state_of(store, tenant, hers).await, ClaimState::Disputed);
    assert!(!prove(store, tenant, hers).await, "what was disputed is over");
    assert!(prove(store, tenant, his).await);
}

pub async fn of_many_proofs_one_wins(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let tenant = janet.tenant();
    let mut ids = Vec::new();
    for index in 0..8 {
        let person = Person::stored(store, tenant, &format!("p{index}@contoso.example")).await;
        ids.push(claimed(store, &person).await.id);
    }
    let won = at_once(8, |index| {
        let (store, id) = (store.clone(), ids[index]);
        async move { prove(&store, tenant, id).await }
    })
    .await;
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
}
