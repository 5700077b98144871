use clausa_core::address::{Address, Domain};
use clausa_core::id::AccountId;
use clausa_store::StoreError;
use clausa_store::permit::Action;
use clausa_store::record::account::{Account, AccountState, AddressClaim, Role};
use clausa_store::record::secret::Secret;
use clausa_store::record::tenant::DomainClaim;

use super::Fixture;
use super::world::*;
use crate::{commit, look};

pub async fn an_account_is_read_back(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let expected = Account {
        id: janet.id(),
        tenant: janet.tenant(),
        role: Role::Member,
        state: AccountState::Active,
        display_name: Some("Janet Lee".to_owned()),
        has_password: false,
        created_at: NOW,
    };
    let permit = janet.own(Action::ReadIdentity);
    let account = look!(store, [permit, janet], |tx| tx
        .account(permit, janet.id())
        .await?)
    .unwrap();
    assert_eq!(account, expected);
    assert!(account.is_member());
    let found = look!(store, [janet], |tx| tx.account_by_address(&janet.address).await?);
    assert_eq!(found, Some(expected));
    let second: Address = "janet.lee@contoso.example".parse().unwrap();
    commit!(store, [janet, second], |tx| tx
        .add_address(&system(janet.tenant()), janet.id(), second)
        .await?);
    let addresses = look!(store, [permit, janet], |tx| tx
        .addresses(permit, janet.id())
        .await?);
    assert_eq!(
        addresses,
        [janet.address.clone(), second],
        "the one people see comes first"
    );
    let nobody: Address = "nobody@contoso.example".parse().unwrap();
    assert_eq!(
        look!(store, [nobody], |tx| tx.account_by_address(nobody).await?),
        None
    );
    commit!(store, [janet], |tx| tx
        .set_display_name(&system(janet.tenant()), janet.id(), None)
        .await?);
    let unnamed = look!(store, [permit, janet], |tx| tx
        .account(permit, janet.id())
        .await?)
    .unwrap();
    assert_eq!(unnamed.display_name, None);
}

pub async fn an_address_belongs_to_one_account(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let other = stored_tenant(store).await;
    let usurper = Person::imagined(other, janet.address.as_str());
    let new = usurper.account().0;
    let claim = commit!(store, [other, new], |tx| tx
        .create_account(&system(*other), new)
        .await?);
    assert_eq!(claim, AddressClaim::Taken(janet.id()));
    let id = usurper.id();
    let made = look!(store, [other, id], |tx| tx.account(&system(*other), *id).await?);
    assert_eq!(made, None, "no account without an address");
}

pub async fn of_many_claims_to_an_address_one_wins(fixture: impl Fixture) {
    let store = fixture.store();
    let tenant = stored_tenant(store).await;
    let claims = at_once(50, |_| {
        let store = store.clone();
        async move {
            let new = Person::imagined(tenant, "janet@contoso.example").account().0;
            let claim = commit!(store, [tenant, new], |tx| tx
                .create_account(&system(*tenant), new)
                .await?);
            (new.id, claim)
        }
    })
    .await;
    let winners: Vec<AccountId> = claims
        .iter()
        .filter(|(_, claim)| *claim == AddressClaim::Claimed)
        .map(|(id, _)| *id)
        .collect();
    assert_eq!(winners.len(), 1);
    for (id, claim) in claims {
        assert!(id == winners[0] || claim == AddressClaim::Taken(winners[0]));
    }
}

/// T15, SEC-93: people of one new domain sign up at the same moment; one of them makes the tenant, the others join it.
pub async fn simultaneous_sign_ups_make_one_tenant(fixture: impl Fixture) {
    let store = fixture.store();
    let joined = at_once(30, |index| {
        let store = store.clone();
        async move {
            let domain: Domain = "contoso.example".parse().unwrap();
            let mut new = tenant();
            new.name = format!("made by {index}");
            let person = Person::imagined(new.id, &format!("person{index}@contoso.example"));
            let account = person.account().0;
            commit!(store, [domain, new, account], |tx| {
                let tenant = match tx.tenant_of_domain(domain).await? {
                    Some(tenant) => tenant.id,
                    None => {
                        tx.create_tenant(&system(new.id), new).await?;
                        let claim = tx.claim_domain(&system(new.id), domain, NOW).await?;
                        assert_eq!(claim, DomainClaim::Claimed);
                        new.id
                    }
                };
                assert_eq!(
                    tx.create_account(&system(tenant), account).await?,
                    AddressClaim::Claimed
                );
                (tenant, tenant == new.id)
            })
        }
    })
    .await;
    assert_eq!(joined.iter().filter(|(_, made)| *made).count(), 1);
    assert!(joined.iter().all(|(tenant, _)| *tenant == joined[0].0));
}

pub async fn a_password_hash_is_read_back_and_cleared(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let permit = system(janet.tenant());
    let id = janet.id();
    let hash = Secret::new(b"$argon2id$v=19$...".to_vec());
    assert!(commit!(store, [permit, id, hash], |tx| tx
        .set_password_hash(permit, *id, Some(hash))
        .await?));
    let stored = look!(store, [permit, id], |tx| tx.password_hash(permit, *id).await?);
    assert_eq!(stored.unwrap().expose(), hash.expose());
    assert!(
        look!(store, [permit, id], |tx| tx.account(permit, *id).await?)
            .unwrap()
            .has_password
    );
    let own = janet.own(Action::ReadIdentity);
    let result = store
        .read("test", move |tx| {
            Box::pin(async move { tx.password_hash(&own, id).await })
        })
        .await;
    assert!(
        matches!(refused(result), StoreError::PermitScope { .. }),
        "nobody reads a hash, not even one's own"
    );
    assert!(commit!(store, [permit, id], |tx| tx
        .set_password_hash(permit, *id, None)
        .await?));
    assert!(look!(store, [permit, id], |tx| tx.password_hash(permit, *id).await?).is_none());
    let nobody = AccountId::from_bytes(random());
    assert!(!commit!(store, [permit, nobody], |tx| tx
        .set_password_hash(permit, *nobody, None)
        .await?));
}
