use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use clausa_core::address::Address;
use clausa_core::id::{ContentId, LicenceId};
use clausa_store::permit::Action;
use clausa_store::record::content::Revocation;
use clausa_store::record::licence::{Licence, LicenceRecord};
use clausa_store::{Permit, Store, SystemAct};

use super::Fixture;
use super::contents::revoke;
use super::world::*;
use crate::{commit, look};

async fn record(
    store: &Store,
    person: &Person,
    permit: Permit,
    content: ContentId,
    is_owner: bool,
) -> LicenceRecord {
    let (licence, owner) = (person.licence(content), owner());
    commit!(store, [permit, licence, is_owner, owner], |tx| tx
        .record_licence(permit, licence, *is_owner, owner)
        .await?)
}

/// Janet, who owns every file here.
fn owner() -> Address {
    "janet@contoso.example".parse().unwrap()
}

/// Whoever was forgotten while a licence was prepared does not come back with its log entry.
pub async fn a_licence_prepared_for_another_owner_is_not_recorded(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let content = janet.publish(store).await.id;
    let permit = janet.on(Action::RequestLicence, janet.tenant(), content);
    let licence = janet.licence(content);
    let other: Address = "sam@contoso.example".parse().unwrap();
    let recorded = commit!(store, [permit, licence, other], |tx| tx
        .record_licence(permit, licence, true, other)
        .await?);
    assert_eq!(recorded, LicenceRecord::Changed);
    assert_eq!(
        record(store, &janet, permit, content, true).await,
        LicenceRecord::Recorded
    );
}

pub async fn a_licence_is_recorded(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let dover = Person::imagined(stored_tenant(store).await, "p.dover@fabrikam.example");
    let content = janet.publish(store).await.id;
    let permit = dover.on(Action::RequestLicence, janet.tenant(), content);
    let licence = Licence {
        not_after: Some(NOW.plus_seconds(5)),
        ..dover.licence(content)
    };
    let owner = owner();
    let recorded = commit!(store, [permit, licence, owner], |tx| tx
        .record_licence(permit, licence, false, owner)
        .await?);
    assert_eq!(recorded, LicenceRecord::Recorded);
    let (id, act) = (
        licence.id,
        Permit::system(SystemAct::Housekeeping(janet.tenant())),
    );
    assert_eq!(
        look!(store, [act, id], |tx| tx.licence(act, *id).await?),
        Some(licence)
    );
    let owner = janet.on(Action::ReadContent, janet.tenant(), content);
    assert_eq!(
        look!(store, [owner, content], |tx| tx
            .count_licences(owner, *content)
            .await?),
        1
    );
    let unknown = ContentId::from_bytes(random());
    let permit = dover.on(Action::RequestLicence, janet.tenant(), unknown);
    assert_eq!(
        record(store, &dover, permit, unknown, false).await,
        LicenceRecord::Unknown
    );
    let nothing = LicenceId::from_bytes(random());
    assert_eq!(
        look!(store, [act, nothing], |tx| tx.licence(act, *nothing).await?),
        None
    );
}

pub async fn a_revoked_file_gets_no_licence(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let content = janet.publish(store).await.id;
    let permit = janet.on(Action::RequestLicence, janet.tenant(), content);
    let narrow = Revocation {
        at: NOW,
        including_owner: false,
        by: janet.id(),
    };
    revoke(store, &janet, content, false).await;
    assert_eq!(
        record(store, &janet, permit, content, false).await,
        LicenceRecord::Revoked(narrow)
    );
    assert_eq!(
        record(store, &janet, permit, content, true).await,
        LicenceRecord::Recorded,
        "the owner still may"
    );
    revoke(store, &janet, content, true).await;
    let wide = Revocation {
        including_owner: true,
        ..narrow
    };
    assert_eq!(
        record(store, &janet, permit, content, true).await,
        LicenceRecord::Revoked(wide)
    );
}

/// SEC-98: once a revocation has been answered, no licence asked for afterwards is recorded.
pub async fn no_licence_follows_a_revocation(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    for _ in 0..10 {
        let content = janet.publish(store).await.id;
        let permit = janet.on(Action::RequestLicence, janet.tenant(), content);
        let revoked = Arc::new(AtomicBool::new(false));
        let answers = at_once(20, |index| {
            let (store, janet, revoked) = (store.clone(), janet.clone(), Arc::clone(&revoked));
            async move {
                if index == 7 {
                    revoke(&store, &janet, content, false).await;
                    revoked.store(true, SeqCst);
                    return false;
                }
                let mut broken = false;
                for _ in 0..5 {
                    let asked_after = revoked.load(SeqCst);
                    let recorded = record(&store, &janet, permit, content, false).await;
                    broken |= asked_after && recorded == LicenceRecord::Recorded;
                }
                broken
            }
        })
        .await;
        assert!(!answers.contains(&true));
        assert!(matches!(
            record(store, &janet, permit, content, false).await,
            LicenceRecord::Revoked(_)
        ));
    }
}
