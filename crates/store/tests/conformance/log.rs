use clausa_core::id::TemplateId;
use clausa_store::permit::Action;
use clausa_store::record::account::Role;
use clausa_store::record::log::{LogDraft, LogEntry, LogFilter};
use clausa_store::{Permit, Store, StoreError};

use super::Fixture;
use super::world::*;
use crate::{commit, look};

const EVERYTHING: LogFilter = LogFilter {
    content: None,
    after: 0,
    limit: 1_000,
};

async fn append(store: &Store, permit: Permit, entry: &LogDraft) -> u64 {
    commit!(store, [permit, entry], |tx| tx.append_log(permit, entry).await?)
}

async fn read(store: &Store, permit: Permit, filter: LogFilter) -> Vec<LogEntry> {
    look!(store, [permit, filter], |tx| tx.log(permit, filter).await?)
}

pub async fn the_log_has_no_gaps(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let permit = janet.own(Action::ReadIdentity);
    let entry = LogDraft {
        content: Some(janet.content().id),
        owner: Some(janet.address.to_string()),
        owner_account: Some(janet.id()),
        issuer: Some("issuer".to_owned()),
        template: Some(TemplateId::from_bytes(random())),
        file_name: Some("offer.pdf".to_owned()),
        published_at: Some(NOW),
        rights: Some("VIEW".to_owned()),
        client_info: Some("clausa 0.1.0".to_owned()),
        client_ip: Some("192.0.2.1".to_owned()),
        admin_action: true,
        acting_as: Some("somebody".to_owned()),
        ..janet.entry("AcquireLicense")
    };
    assert_eq!(append(store, permit, &entry).await, 1);
    let failed = store
        .transact_with("test", (permit, entry.clone()), |(permit, entry), tx| {
            Box::pin(async move {
                assert_eq!(tx.append_log(permit, entry).await?, 2);
                Err::<(), _>(StoreError::Reference)
            })
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(
        append(store, permit, &janet.entry("SignIn")).await,
        2,
        "a failed transaction leaves no gap"
    );
    let entries = read(store, janet.in_tenant(Action::ReadLog), EVERYTHING).await;
    assert_eq!(entries[0], LogEntry { sequence: 1, entry });
    assert_eq!(
        entries[1],
        LogEntry {
            sequence: 2,
            entry: janet.entry("SignIn")
        }
    );
}

pub async fn parallel_writers_leave_no_gaps(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let other = Person::stored(store, stored_tenant(store).await, "p.dover@fabrikam.example").await;
    at_once(200, |index| {
        let store = store.clone();
        let person = if index % 4 == 0 {
            other.clone()
        } else {
            janet.clone()
        };
        async move {
            let (permit, entry) = (person.own(Action::ReadIdentity), person.entry("SignIn"));
            let fails = index % 5 == 0;
            let _ = store
                .transact_with("test", (permit, entry), move |(permit, entry), tx| {
                    Box::pin(async move {
                        tx.append_log(permit, entry).await?;
                        if fails { Err(StoreError::Reference) } else { Ok(()) }
                    })
                })
                .await;
        }
    })
    .await;
    let mut total = 0;
    for person in [janet, other] {
        let entries = read(store, person.in_tenant(Action::ReadLog), EVERYTHING).await;
        let sequences: Vec<u64> = entries.iter().map(|entry| entry.sequence).collect();
        assert_eq!(sequences, (1..=entries.len() as u64).collect::<Vec<_>>());
        total += entries.len();
    }
    assert_eq!(total, 160);
}

pub async fn the_logs_clock_never_goes_back(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let permit = janet.own(Action::ReadIdentity);
    for at in [NOW, NOW.minus_seconds(3600), NOW.plus_seconds(1)] {
        append(
            store,
            permit,
            &LogDraft {
                at,
                ..janet.entry("SignIn")
            },
        )
        .await;
    }
    let entries = read(store, janet.in_tenant(Action::ReadLog), EVERYTHING).await;
    let times: Vec<_> = entries.iter().map(|entry| entry.entry.at).collect();
    assert_eq!(times, [NOW, NOW, NOW.plus_seconds(1)]);
}

/// SEC-86: in a tenant without an administrator nobody reads another's entries.
pub async fn everybody_sees_their_own_entries(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let bob = Person::stored(store, janet.tenant(), "bob@contoso.example").await;
    let mut usurper = bob.clone();
    usurper.actor.role = Role::Administrator;
    let opened = |who: &Person, owner: &Person| LogDraft {
        owner_account: Some(owner.id()),
        ..who.entry("AcquireLicense")
    };
    let drafts = [
        (janet.entry("SignIn"), true, false),
        (bob.entry("SignIn"), false, true),
        (opened(&bob, &janet), true, true),
        (opened(&bob, &bob), false, true),
        (
            LogDraft {
                account: None,
                ..janet.entry("SignUp")
            },
            false,
            false,
        ),
    ];
    for (draft, ..) in &drafts {
        append(store, system(janet.tenant()), draft).await;
    }
    let seen = |of_janet: bool| {
        let shown = drafts
            .iter()
            .zip(1_u64..)
            .filter(|((_, janet, bob), _)| if of_janet { *janet } else { *bob });
        shown.map(|(_, sequence)| sequence).collect::<Vec<_>>()
    };
    for (person, of_janet) in [(&janet, true), (&bob, false), (&usurper, false)] {
        let entries = read(store, person.in_tenant(Action::ReadLog), EVERYTHING).await;
        assert_eq!(
            entries.iter().map(|entry| entry.sequence).collect::<Vec<_>>(),
            seen(of_janet)
        );
    }
}

pub async fn an_administrator_sees_the_managed_tenants_log(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let mut administrator = Person::stored(store, janet.tenant(), "it@contoso.example").await;
    administrator.actor.role = Role::Administrator;
    administrator.actor.managed = true;
    append(store, janet.own(Action::ReadIdentity), &janet.entry("SignIn")).await;
    assert_eq!(
        read(store, administrator.in_tenant(Action::ReadLog), EVERYTHING)
            .await
            .len(),
        1
    );
}

pub async fn the_log_is_read_in_pages(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    for index in 0..25 {
        let who = if index % 2 == 0 {
            janet.entry("SignIn")
        } else {
            LogDraft {
                account: None,
                owner_account: Some(janet.id()),
                ..janet.entry("SignIn")
            }
        };
        append(store, janet.own(Action::ReadIdentity), &who).await;
    }
    for permit in [janet.in_tenant(Action::ReadLog), system(janet.tenant())] {
        let mut after = 0;
        let mut sizes = Vec::new();
        loop {
            let page = read(
                store,
                permit,
                LogFilter {
                    content: None,
                    after,
                    limit: 10,
                },
            )
            .await;
            let Some(last) = page.last() else { break };
            assert_eq!(page[0].sequence, after + 1);
            after = last.sequence;
            sizes.push(page.len());
        }
        assert_eq!(sizes, [10, 10, 5]);
    }
}

pub async fn the_log_of_a_file_is_read_alone(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let content = janet.content().id;
    append(store, janet.own(Action::ReadIdentity), &janet.entry("SignIn")).await;
    let of_file = LogDraft {
        content: Some(content),
        owner_account: Some(janet.id()),
        ..janet.entry("Publish")
    };
    append(store, janet.own(Action::ReadIdentity), &of_file).await;
    for permit in [janet.in_tenant(Action::ReadLog), system(janet.tenant())] {
        let entries = read(
            store,
            permit,
            LogFilter {
                content: Some(content),
                ..EVERYTHING
            },
        )
        .await;
        assert_eq!(
            entries,
            [LogEntry {
                sequence: 2,
                entry: of_file.clone()
            }]
        );
    }
}
