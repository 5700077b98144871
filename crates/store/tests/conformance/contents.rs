use clausa_core::id::{ContentId, LicenceDigest};
use clausa_store::Store;
use clausa_store::permit::Action;
use clausa_store::record::content::{Content, Registration, Revocation, RevocationOutcome};
use clausa_store::record::secret::Secret;

use super::Fixture;
use super::world::*;
use crate::{commit, look};

async fn register(store: &Store, person: &Person, content: &Content) -> Registration {
    let permit = person.in_tenant(Action::PublishContent);
    commit!(store, [permit, content], |tx| tx
        .register_content(permit, content)
        .await?)
}

async fn find(store: &Store, person: &Person, id: ContentId) -> Option<Content> {
    let permit = person.on(Action::ReadContent, person.tenant(), id);
    look!(store, [permit, id], |tx| tx.content(permit, *id).await?)
}

pub async fn revoke(
    store: &Store,
    person: &Person,
    id: ContentId,
    including_owner: bool,
) -> RevocationOutcome {
    let permit = person.on(Action::RevokeContent, person.tenant(), id);
    let revocation = Revocation {
        at: NOW,
        including_owner,
        by: person.id(),
    };
    commit!(store, [permit, id, revocation], |tx| tx
        .revoke_content(permit, *id, revocation)
        .await?)
}

/// SEC-46.
pub async fn the_first_licence_for_a_content_id_wins(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let content = Content {
        policy: Some(Secret::new(b"for p.dover".to_vec())),
        file_name: Some("offer.pdf".to_owned()),
        expires_at: Some(NOW.plus_seconds(60)),
        parent: Some(ContentId::from_bytes(random())),
        ..janet.content()
    };
    assert!(matches!(
        register(store, &janet, &content).await,
        Registration::New
    ));
    let stored = find(store, &janet, content.id).await.unwrap();
    assert_eq!(stored.digest, content.digest);
    assert_eq!(
        (stored.owner, stored.issuer),
        (janet.address.clone(), janet.address.clone())
    );
    assert_eq!(
        (stored.owner_account, stored.issuer_account),
        (Some(janet.id()), janet.id())
    );
    assert_eq!(stored.policy.unwrap().expose(), b"for p.dover");
    assert_eq!(stored.file_name.as_deref(), Some("offer.pdf"));
    assert_eq!(
        (stored.published_at, stored.expires_at),
        (NOW, content.expires_at)
    );
    assert_eq!((stored.parent, stored.revocation), (content.parent, None));
    let (tenant, id) = (janet.tenant(), content.id);
    assert_eq!(
        look!(store, [tenant, id], |tx| tx.content_owner(*tenant, *id).await?),
        Some(Some(janet.id()))
    );

    let again = register(store, &janet, &content).await;
    assert!(matches!(again, Registration::Known(known) if known.digest == content.digest));
    let other = Content {
        digest: LicenceDigest::from_bytes(random()),
        file_name: Some("other.pdf".to_owned()),
        ..content.clone()
    };
    for _ in 0..3 {
        assert!(matches!(
            register(store, &janet, &other).await,
            Registration::Conflict
        ));
    }
    assert_eq!(
        find(store, &janet, content.id)
            .await
            .unwrap()
            .file_name
            .as_deref(),
        Some("offer.pdf")
    );
    let unknown = ContentId::from_bytes(random());
    assert!(find(store, &janet, unknown).await.is_none());
    assert_eq!(
        look!(store, [tenant, unknown], |tx| tx
            .content_owner(*tenant, *unknown)
            .await?),
        None
    );
}

/// SEC-46, as a race.
pub async fn one_of_two_hundred_publications_wins(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let id = ContentId::from_bytes(random());
    let answers = at_once(200, |_| {
        let (store, janet) = (store.clone(), janet.clone());
        async move {
            let content = Content {
                id,
                ..janet.content()
            };
            (content.digest, register(&store, &janet, &content).await)
        }
    })
    .await;
    let winners: Vec<_> = answers
        .iter()
        .filter(|(_, answer)| matches!(answer, Registration::New))
        .map(|(digest, _)| *digest)
        .collect();
    let refused = answers
        .iter()
        .filter(|(_, answer)| matches!(answer, Registration::Conflict))
        .count();
    assert_eq!((winners.len(), refused), (1, 199));
    assert_eq!(find(store, &janet, id).await.unwrap().digest, winners[0]);
}

pub async fn a_registration_is_completed_by_the_next(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let bare = janet.content();
    register(store, &janet, &bare).await;
    let named = Content {
        file_name: Some("offer.pdf".to_owned()),
        policy: Some(Secret::new(vec![1])),
        ..bare.clone()
    };
    let known = register(store, &janet, &named).await;
    assert!(matches!(known, Registration::Known(known) if known.file_name.as_deref() == Some("offer.pdf")));
    let renamed = Content {
        file_name: Some("changed.pdf".to_owned()),
        ..bare
    };
    register(store, &janet, &renamed).await;
    let stored = find(store, &janet, named.id).await.unwrap();
    assert_eq!(
        stored.file_name.as_deref(),
        Some("offer.pdf"),
        "a name that is there stays"
    );
    assert_eq!(stored.policy.unwrap().expose(), [1]);
}

pub async fn a_revocation_is_kept_and_widened(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let (tenant, id) = (janet.tenant(), janet.publish(store).await.id);
    let epoch = async || {
        look!(store, [tenant], |tx| tx.find_tenant(*tenant).await?)
            .unwrap()
            .epoch
    };
    let narrow = Revocation {
        at: NOW,
        including_owner: false,
        by: janet.id(),
    };
    let wide = Revocation {
        including_owner: true,
        ..narrow
    };
    assert_eq!(epoch().await, 0);
    assert_eq!(
        revoke(store, &janet, id, false).await,
        RevocationOutcome::Revoked(narrow)
    );
    assert_eq!(
        revoke(store, &janet, id, false).await,
        RevocationOutcome::Already(narrow)
    );
    assert_eq!(epoch().await, 1);
    assert_eq!(
        revoke(store, &janet, id, true).await,
        RevocationOutcome::Revoked(wide)
    );
    assert_eq!(
        revoke(store, &janet, id, false).await,
        RevocationOutcome::Already(wide),
        "never narrowed"
    );
    assert_eq!(epoch().await, 2);
    assert_eq!(find(store, &janet, id).await.unwrap().revocation, Some(wide));
    let unknown = ContentId::from_bytes(random());
    assert_eq!(
        revoke(store, &janet, unknown, false).await,
        RevocationOutcome::Unknown
    );
    assert_eq!(epoch().await, 2);
}

/// Fifty revocations at once move the epoch by fifty.
pub async fn lost_updates_do_not_happen(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    at_once(50, |_| {
        let (store, janet) = (store.clone(), janet.clone());
        async move {
            let content = janet.publish(&store).await;
            revoke(&store, &janet, content.id, false).await
        }
    })
    .await;
    let tenant = janet.tenant();
    assert_eq!(
        look!(store, [tenant], |tx| tx.find_tenant(*tenant).await?)
            .unwrap()
            .epoch,
        50
    );
}

pub async fn the_first_use_stands(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let dover = Person::imagined(stored_tenant(store).await, "p.dover@fabrikam.example");
    let (content, account) = (janet.publish(store).await.id, dover.id());
    let permit = dover.on(Action::RequestLicence, janet.tenant(), content);
    let first_use = look!(store, [permit, content, account], |tx| tx
        .first_use(permit, *content, *account)
        .await?);
    assert_eq!(first_use, None);
    for seconds in [0, 60] {
        let at = NOW.plus_seconds(seconds);
        let stands = commit!(store, [permit, content, account, at], |tx| {
            tx.note_first_use(permit, *content, *account, *at).await?
        });
        assert_eq!(stands, NOW);
    }
    let first_use = look!(store, [permit, content, account], |tx| tx
        .first_use(permit, *content, *account)
        .await?);
    assert_eq!(first_use, Some(NOW));
}
