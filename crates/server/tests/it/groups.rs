//! Files for groups: who belongs when he asks gets a licence, and nobody after he was taken out.

use std::cell::Cell;

use clausa_api::ProblemType;
use clausa_api::licence::LicencePurpose;
use clausa_api::log::RequestType;
use clausa_core::address::Address;
use clausa_core::policy::{Grant, Grants, Policy, Principal, Terms};
use clausa_server::config::LimitConfig;
use clausa_server::usecase::groups::{self, GroupError};
use clausa_store::record::log::{LogDraft, LogFilter};
use clausa_store::{Permit, StoreError, SystemAct};

use crate::support::{House, Person, Published};

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

async fn make(house: &House, group: &str, members: &[&str]) {
    let state = house.authority.state();
    groups::create(state, &address(group), "").await.unwrap();
    put(house, group, members).await;
}

async fn put(house: &House, group: &str, members: &[&str]) {
    let members: Vec<Address> = members.iter().map(|member| address(member)).collect();
    let state = house.authority.state();
    let added = groups::add(state, &address(group), &members).await.unwrap();
    assert_eq!(added, members.len());
}

async fn take(house: &House, group: &str, member: &str) {
    let state = house.authority.state();
    groups::remove(state, &address(group), &[address(member)])
        .await
        .unwrap();
}

fn for_group(person: &Person, group: &str, rights: &str) -> Policy {
    let grant = Grant {
        principal: Principal::Group(address(group)),
        rights: rights.parse().unwrap(),
    };
    let terms = Terms::AdHoc(Grants::new(vec![grant]).unwrap());
    Policy::new(person.address.clone(), terms)
}

async fn opens(house: &House, person: &Person, file: &Published) -> bool {
    let answer = person.ask(house, file, LicencePurpose::Open).await;
    if answer.status.is_success() {
        return true;
    }
    answer.refused(ProblemType::NotNamed);
    false
}

/// What the tenant's log says, oldest first.
async fn log(house: &House, person: &Person) -> Vec<LogDraft> {
    let permit = Permit::system(SystemAct::Housekeeping(person.tenant));
    let filter = LogFilter {
        content: None,
        after: 0,
        limit: 10_000,
    };
    let read = house.authority.store().read("test log", move |tx| {
        Box::pin(async move { tx.log(&permit, &filter).await })
    });
    let entries: Result<_, StoreError> = read.await;
    entries.unwrap().into_iter().map(|entry| entry.entry).collect()
}

/// Whether the grant says "group" or only names its address.
#[tokio::test]
async fn a_file_for_a_group_opens_for_its_members_of_the_moment() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let sam = house.person("sam@contoso.example").await;
    let lee = house.person("lee@fabrikam.example").await;
    make(&house, "blue@contoso.example", &["sam@contoso.example"]).await;
    let named = janet.policy(&[("blue@contoso.example", "VIEW")]);
    let marked = for_group(&janet, "blue@contoso.example", "VIEW");
    for policy in [named, marked] {
        let file = janet.publish(&house, &policy).await;
        assert!(opens(&house, &sam, &file).await);
        assert!(!opens(&house, &lee, &file).await);
        put(&house, "blue@contoso.example", &["lee@fabrikam.example"]).await;
        assert!(opens(&house, &lee, &file).await);
        take(&house, "blue@contoso.example", "lee@fabrikam.example").await;
        assert!(!opens(&house, &lee, &file).await);
        assert!(opens(&house, &sam, &file).await);
    }
}

/// Somebody who has no account yet is named by his address, and belongs to the group from his first day.
#[tokio::test]
async fn members_come_through_other_groups_and_before_their_account() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    make(&house, "inner@contoso.example", &["kim@adatum.example"]).await;
    make(&house, "middle@contoso.example", &["inner@contoso.example"]).await;
    make(&house, "outer@contoso.example", &["middle@contoso.example"]).await;
    let file = janet
        .publish(&house, &janet.policy(&[("outer@contoso.example", "VIEW")]))
        .await;
    let kim = house.person("kim@adatum.example").await;
    assert!(opens(&house, &kim, &file).await);

    let state = house.authority.state();
    let (inner, outer) = (address("inner@contoso.example"), address("outer@contoso.example"));
    let circle = groups::add(state, &inner, std::slice::from_ref(&outer)).await;
    assert!(matches!(circle, Err(GroupError::Circle { .. })), "{circle:?}");
    take(&house, "outer@contoso.example", "middle@contoso.example").await;
    assert!(!opens(&house, &kim, &file).await);
    put(&house, "outer@contoso.example", &["middle@contoso.example"]).await;
    assert!(opens(&house, &kim, &file).await);
    groups::delete(state, &address("middle@contoso.example"))
        .await
        .unwrap();
    assert!(!opens(&house, &kim, &file).await);
}

#[tokio::test]
async fn a_groups_rights_are_united_with_ones_own() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let sam = house.person("sam@contoso.example").await;
    make(&house, "blue@contoso.example", &["sam@contoso.example"]).await;
    let grants = [
        ("sam@contoso.example", "VIEW"),
        ("blue@contoso.example", "EXPORT"),
    ];
    let file = janet.publish(&house, &janet.policy(&grants)).await;
    let may_export = async || {
        let answer = sam.ask(&house, &file, LicencePurpose::Unprotect).await;
        answer.status.is_success()
    };
    assert!(may_export().await);
    take(&house, "blue@contoso.example", "sam@contoso.example").await;
    assert!(!may_export().await);
    assert!(opens(&house, &sam, &file).await);
}

/// A member of the group to whom a file belongs does not own it.
#[tokio::test]
async fn a_group_is_nobodys_owner_and_no_other_tenants() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let lee = house.person("lee@fabrikam.example").await;
    let sam = house.person("sam@contoso.example").await;
    make(
        &house,
        "blue@contoso.example",
        &["sam@contoso.example", "lee@fabrikam.example"],
    )
    .await;
    let mut policy = janet.policy(&[]);
    policy.owner = address("blue@contoso.example");
    let file = janet.publish(&house, &policy).await;
    assert!(!opens(&house, &sam, &file).await);
    // What Contoso calls a group gives nothing in a file of Fabrikam.
    let theirs = lee
        .publish(&house, &lee.policy(&[("blue@contoso.example", "VIEW")]))
        .await;
    assert!(!opens(&house, &sam, &theirs).await);
}

/// Adding several is all or nothing, and each change is in the organisation's log.
#[tokio::test]
async fn changes_are_whole_and_logged() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let state = house.authority.state();
    make(&house, "blue@contoso.example", &["janet@contoso.example"]).await;
    let blue = address("blue@contoso.example");
    let wrong = [address("sam@contoso.example"), blue.clone()];
    let added = groups::add(state, &blue, &wrong).await;
    assert!(matches!(added, Err(GroupError::Circle { .. })), "{added:?}");
    let (_, members) = groups::show(state, &blue).await.unwrap();
    assert_eq!(members.len(), 1);
    let wrong = [janet.address.clone(), address("sam@contoso.example")];
    let removed = groups::remove(state, &blue, &wrong).await;
    assert!(matches!(removed, Err(GroupError::NoMember { .. })), "{removed:?}");
    assert_eq!(groups::show(state, &blue).await.unwrap().1.len(), 1);
    let long = "x".repeat(groups::MAX_NAME_LENGTH + 1);
    for name in ["two\nlines", &long] {
        let made = groups::create(state, &address("red@contoso.example"), name).await;
        assert!(matches!(made, Err(GroupError::Name)), "{made:?}");
    }
    let taken = groups::create(state, &janet.address, "").await;
    assert!(
        matches!(taken, Err(GroupError::AccountHasAddress(_))),
        "{taken:?}"
    );
    groups::delete(state, &blue).await.unwrap();
    let entries = log(&house, &janet).await;
    assert_eq!(entries.len(), 3);
    for entry in entries {
        assert_eq!(entry.request, RequestType::ChangeGroup.as_str());
        assert_eq!(entry.owner.as_deref(), Some("blue@contoso.example"));
        assert!(entry.admin_action);
    }
}

/// SEC-155: six calls at a time ask without pause while the membership is taken away. The log is in the order of the commits.
async fn no_licence_rests_on_a_membership_that_was_taken_away(house: House) {
    const ROUNDS: usize = 8;
    const ASKING: usize = 6;
    let janet = house.person("janet@contoso.example").await;
    let sam = house.person("sam@contoso.example").await;
    make(&house, "blue@contoso.example", &[]).await;
    let file = janet
        .publish(&house, &janet.policy(&[("blue@contoso.example", "VIEW")]))
        .await;
    for _ in 0..ROUNDS {
        put(&house, "blue@contoso.example", &["sam@contoso.example"]).await;
        let licences = Cell::new(0);
        let ask = async || {
            while opens(&house, &sam, &file).await {
                licences.set(licences.get() + 1);
            }
        };
        let end = async {
            while licences.get() < 2 * ASKING {
                tokio::task::yield_now().await;
            }
            take(&house, "blue@contoso.example", "sam@contoso.example").await;
            // Once it is answered, nobody who asks then gets one.
            assert!(!opens(&house, &sam, &file).await);
        };
        tokio::join!(ask(), ask(), ask(), ask(), ask(), ask(), end);
    }
    let (mut member, mut changes, mut licences) = (false, 0, 0);
    // The first two changes make the group and put nobody into it.
    for entry in log(&house, &janet).await {
        match entry.request.as_str() {
            "ChangeGroup" => {
                changes += 1;
                member = changes > 2 && !member;
            }
            "AcquireLicense" if entry.result == "Success" => {
                assert!(member, "a licence after change {changes}");
                licences += 1;
            }
            _ => {}
        }
    }
    assert_eq!(changes, 2 + 2 * ROUNDS);
    assert!(licences >= ROUNDS * 2 * ASKING, "{licences}");
}

fn without_limits(config: &mut clausa_server::Config) {
    let none = LimitConfig::new(1_000_000, 1_000_000, 1);
    config.limits.calls_per_account = none;
    config.limits.licence_per_account = none;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_licence_follows_a_removal_that_was_answered() {
    no_licence_rests_on_a_membership_that_was_taken_away(House::open_with(without_limits).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_does_one_over_postgresql() {
    let Some(house) = House::over_postgres_with(without_limits).await else {
        return;
    };
    no_licence_rests_on_a_membership_that_was_taken_away(house).await;
}
