//! What a licence is decided by, read at once.

use clausa_core::id::{ContentId, KeyId, TemplateId};
use clausa_store::permit::Action;
use clausa_store::record::content::Content;
use clausa_store::record::licence::LicenceFacts;
use clausa_store::record::secret::Secret;
use clausa_store::record::template::{Template, TemplateVersionRow};
use clausa_store::record::tenant_key::{KeyPurpose, KeyState, TenantKey};
use clausa_store::{Permit, Store, StoreError};

use super::Fixture;
use super::world::*;
use crate::{commit, look};

async fn facts(store: &Store, person: &Person, permit: Permit, content: ContentId) -> Option<LicenceFacts> {
    let input = (permit, content, person.id());
    store
        .for_tenant(permit.tenant())
        .glance_with("test", input, |(permit, content, account), tx| {
            Box::pin(async move { tx.licence_facts(permit, *content, *account).await })
        })
        .await
        .unwrap()
}

async fn add_keys(store: &Store, person: &Person) {
    let permit = system(person.tenant());
    for (purpose, state, created_at) in [
        (KeyPurpose::Licence, KeyState::Archived, NOW),
        (KeyPurpose::Licence, KeyState::Active, NOW),
        (KeyPurpose::Licence, KeyState::Active, NOW.plus_seconds(1)),
        (KeyPurpose::Edit, KeyState::Active, NOW),
        (KeyPurpose::Checkpoint, KeyState::Active, NOW),
        (KeyPurpose::Wrapping, KeyState::Active, NOW),
    ] {
        let key = TenantKey {
            kid: KeyId::from_bytes(random()),
            purpose,
            suite: None,
            public: vec![1],
            secret: Secret::new(vec![2]),
            certificate: Some(vec![3]),
            state,
            created_at,
        };
        commit!(store, [permit, key], |tx| tx.add_tenant_key(permit, key).await?);
    }
}

async fn add_template(store: &Store, person: &Person) -> Template {
    let template = Template {
        id: TemplateId::from_bytes(random()),
        slug: "confidential".to_owned(),
        name: "Confidential".to_owned(),
        version: TemplateVersionRow {
            version: 1,
            encoded: vec![1, 2],
            digest: random(),
            created_at: NOW,
        },
        archived_at: None,
    };
    let permit = system(person.tenant());
    commit!(store, [permit, template], |tx| tx
        .create_template(permit, template)
        .await?);
    template
}

/// One statement says what five say, of one tenant alone, whoever was looked at before.
pub async fn facts_are_what_each_table_says(fixture: impl Fixture) {
    let store = fixture.store();
    let (janet, bob) = (janet(store).await, {
        let tenant = stored_tenant(store).await;
        Person::stored(store, tenant, "bob@fabrikam.example").await
    });
    add_keys(store, &janet).await;
    let template = add_template(store, &janet).await;
    let content = Content {
        template: Some(template.id),
        policy: Some(Secret::new(vec![9])),
        file_name: Some("plan.pdf".to_owned()),
        ..janet.content()
    };
    let publish = janet.in_tenant(Action::PublishContent);
    commit!(store, [publish, content], |tx| tx
        .register_content(publish, content)
        .await?);
    let id = content.id;
    let permit = janet.on(Action::RequestLicence, janet.tenant(), id);
    let account = janet.id();
    let used = NOW.plus_seconds(5);
    for first_use in [None, Some(used)] {
        if first_use.is_some() {
            commit!(store, [permit, id, account], |tx| tx
                .note_first_use(permit, *id, *account, NOW.plus_seconds(5))
                .await?);
        }
        let found = facts(store, &janet, permit, id).await.unwrap();
        let (tenant, keys, stored) = look!(store, [permit, id], |tx| (
            tx.tenant(permit).await?,
            tx.signing_keys(permit).await?,
            tx.content(permit, *id).await?
        ));
        assert_eq!(Some(found.tenant), tenant);
        let signs = |purpose| [KeyPurpose::Licence, KeyPurpose::Edit].contains(&purpose);
        let keys: Vec<_> = keys.into_iter().filter(|key| signs(key.purpose)).collect();
        assert_eq!((found.keys.len(), found.keys), (3, keys));
        assert_eq!(format!("{:?}", found.content), format!("{stored:?}"));
        assert!(
            found.content.unwrap().policy.is_none(),
            "its grants are not for this"
        );
        assert_eq!(found.template, Some(template.version.clone()));
        assert_eq!(found.first_use, first_use);
    }
    // The other tenant has no such file, and no keys.
    let elsewhere = janet.on(Action::RequestLicence, bob.tenant(), id);
    let found = facts(store, &janet, elsewhere, id).await.unwrap();
    assert_eq!(found.tenant.id, bob.tenant());
    assert!(found.content.is_none() && found.keys.is_empty() && found.template.is_none());
    let nowhere = janet.on(Action::RequestLicence, tenant().id, id);
    assert!(facts(store, &janet, nowhere, id).await.is_none());
    // Nothing is written in passing.
    let written = store
        .glance_with("test", (permit, id, account), |(permit, id, account), tx| {
            Box::pin(async move { tx.note_first_use(permit, *id, *account, NOW).await })
        })
        .await;
    assert!(matches!(written, Err(StoreError::ReadOnly)), "{written:?}");
}
