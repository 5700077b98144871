use clausa_core::address::Address;
use clausa_core::id::TenantId;
use clausa_store::Store;
use clausa_store::permit::Action;
use clausa_store::record::group::{Group, GroupMade, MAX_DEPTH, Member, MemberAdded, MemberKind};
use clausa_store::record::log_tree::Forgotten;
use clausa_store::record::tenant::DomainClaim;

use super::Fixture;
use super::world::*;
use crate::{commit, look};

/// A tenant of contoso.example with Janet in it.
async fn contoso(store: &Store) -> Person {
    let janet = janet(store).await;
    let own = system(janet.tenant());
    let claimed = commit!(store, [own], |tx| tx
        .claim_domain(own, &"contoso.example".parse().unwrap(), NOW)
        .await?);
    assert_eq!(claimed, DomainClaim::Claimed);
    janet
}

fn address(text: &str) -> Address {
    format!("{text}@contoso.example").parse().unwrap()
}

pub(super) async fn make(store: &Store, tenant: TenantId, address: &Address) -> GroupMade {
    let own = system(tenant);
    let group = Group {
        address: address.clone(),
        name: "Sales".to_owned(),
        created_at: NOW,
    };
    commit!(store, [own, group], |tx| tx.create_group(own, group).await?)
}

pub(super) async fn put(store: &Store, tenant: TenantId, group: &Address, member: &Address) -> MemberAdded {
    let own = system(tenant);
    commit!(store, [own, group, member], |tx| tx
        .add_member(own, group, member, NOW)
        .await?)
}

/// The groups of `tenant` that a licence of one of its files looks at.
async fn of(store: &Store, tenant: TenantId, person: &Person) -> Vec<Address> {
    let request = person.on(Action::RequestLicence, tenant, person.content().id);
    let (home, id) = (person.tenant(), person.id());
    look!(store, [request, home, id], |tx| tx
        .groups_of(request, *home, *id)
        .await?)
}

pub async fn a_group_is_read_back_and_deleted(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = contoso(store).await;
    let (tenant, own) = (janet.tenant(), system(janet.tenant()));
    let (sales, all) = (address("sales"), address("all"));
    assert_eq!(make(store, tenant, &sales).await, GroupMade::Made);
    assert_eq!(make(store, tenant, &sales).await, GroupMade::Exists);
    assert_eq!(
        make(store, tenant, &janet.address).await,
        GroupMade::AccountHasAddress
    );
    let foreign = "sales@fabrikam.example".parse().unwrap();
    assert_eq!(make(store, tenant, &foreign).await, GroupMade::ForeignDomain);
    assert_eq!(make(store, tenant, &all).await, GroupMade::Made);
    let outsider = "lee@fabrikam.example".parse().unwrap();
    for (group, member) in [(&all, &sales), (&all, &outsider), (&sales, &janet.address)] {
        assert_eq!(put(store, tenant, group, member).await, MemberAdded::Added);
        assert_eq!(put(store, tenant, group, member).await, MemberAdded::Already);
    }
    assert_eq!(put(store, tenant, &foreign, &sales).await, MemberAdded::NoGroup);
    let (groups, members, count) = look!(store, [own, all], |tx| (
        tx.groups(own).await?,
        tx.members(own, all).await?,
        tx.tenant(own).await?.unwrap().groups
    ));
    let addresses: Vec<_> = groups.into_iter().map(|group| group.address).collect();
    assert_eq!(addresses, [all.clone(), sales.clone()]);
    assert_eq!(count, 2);
    let member = |address: &Address, kind| Member {
        address: address.clone(),
        kind,
    };
    let expected = [
        member(&outsider, MemberKind::NoAccount),
        member(&sales, MemberKind::Group),
    ];
    assert_eq!(members, expected);
    assert_eq!(of(store, tenant, &janet).await, [all.clone(), sales.clone()]);

    // Deleted, it is in no other group either: whoever gets the address later belongs to nothing.
    let deleted = commit!(store, [own, sales], |tx| [
        tx.delete_group(own, sales).await?,
        tx.delete_group(own, sales).await?
    ]);
    assert_eq!(deleted, [true, false]);
    assert!(of(store, tenant, &janet).await.is_empty());
    let heir = Person::stored(store, tenant, sales.as_str()).await;
    assert!(of(store, tenant, &heir).await.is_empty());
    let left = look!(store, [own, all], |tx| (
        tx.members(own, all).await?.len(),
        tx.tenant(own).await?.unwrap().groups
    ));
    assert_eq!(left, (1, 1));
}

/// By whichever proven address, from whichever tenant, through whichever groups.
pub async fn a_member_is_found_through_groups(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = contoso(store).await;
    let tenant = janet.tenant();
    let other = stored_tenant(store).await;
    let lee = Person::stored(store, other, "lee@fabrikam.example").await;
    let groups: Vec<Address> = ["a", "b", "c", "d"].map(address).into();
    for group in &groups {
        assert_eq!(make(store, tenant, group).await, GroupMade::Made);
    }
    // d is in b and in c, and both are in a.
    for (group, member) in [(0, 1), (0, 2), (1, 3), (2, 3)] {
        let added = put(store, tenant, &groups[group], &groups[member]).await;
        assert_eq!(added, MemberAdded::Added);
    }
    assert!(of(store, tenant, &lee).await.is_empty());
    put(store, tenant, &groups[3], &lee.address).await;
    assert_eq!(of(store, tenant, &lee).await, groups);
    assert!(
        of(store, other, &lee).await.is_empty(),
        "they are contoso's groups"
    );
    let second: Address = "j.lee@fabrikam.example".parse().unwrap();
    let (own, id) = (system(tenant), janet.id());
    put(store, tenant, &groups[1], &second).await;
    assert!(of(store, tenant, &janet).await.is_empty());
    commit!(store, [own, id, second], |tx| tx
        .add_address(own, *id, second)
        .await?);
    assert_eq!(of(store, tenant, &janet).await, groups[..2]);

    let (b, d) = (groups[1].clone(), groups[3].clone());
    let removed = commit!(store, [own, b, d], |tx| [
        tx.remove_member(own, b, d).await?,
        tx.remove_member(own, b, d).await?
    ]);
    assert_eq!(removed, [true, false]);
    let left = [groups[0].clone(), groups[2].clone(), d];
    assert_eq!(of(store, tenant, &lee).await, left);

    let person = Forgotten {
        account: lee.id(),
        addresses: vec![lee.address.to_string()],
    };
    commit!(store, [own, person], |tx| tx
        .forget_in_contents(own, person)
        .await?);
    assert!(
        of(store, tenant, &lee).await.is_empty(),
        "who is forgotten is in no group"
    );
}

pub async fn groups_make_no_circle_and_no_tower(fixture: impl Fixture) {
    let store = fixture.store();
    let tenant = contoso(store).await.tenant();
    let most = usize::try_from(MAX_DEPTH).unwrap();
    let level = |level: usize| address(&format!("level-{level}"));
    // The lowest of a full tower, which is a person's address so far, is one level too deep for a group.
    for below in 1..=most {
        assert_eq!(make(store, tenant, &level(below)).await, GroupMade::Made);
    }
    for below in 2..=most {
        let added = put(store, tenant, &level(below - 1), &level(below)).await;
        assert_eq!(added, MemberAdded::Added, "{below}");
    }
    let (top, bottom, lower) = (level(1), level(most), level(most + 1));
    assert_eq!(put(store, tenant, &bottom, &lower).await, MemberAdded::Added);
    assert_eq!(make(store, tenant, &lower).await, GroupMade::TooDeep);
    for (group, member) in [(&bottom, &top), (&top, &top), (&level(3), &level(2))] {
        assert_eq!(put(store, tenant, group, member).await, MemberAdded::Circle);
    }
    let side = address("side");
    assert_eq!(make(store, tenant, &side).await, GroupMade::Made);
    assert_eq!(put(store, tenant, &side, &top).await, MemberAdded::TooDeep);
    assert_eq!(put(store, tenant, &bottom, &side).await, MemberAdded::TooDeep);
    assert_eq!(put(store, tenant, &side, &level(2)).await, MemberAdded::Added);
    assert_eq!(put(store, tenant, &top, &side).await, MemberAdded::TooDeep);
}
