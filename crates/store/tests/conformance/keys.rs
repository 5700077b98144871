use clausa_core::id::{ContentId, KeyId};
use clausa_store::permit::Action;
use clausa_store::record::authority::RootKey;
use clausa_store::record::secret::Secret;
use clausa_store::record::tenant_key::{KeyPurpose, KeySet, KeyState, TenantKey};

use super::Fixture;
use super::world::*;
use crate::{commit, look};

fn key(age: u64) -> TenantKey {
    TenantKey {
        kid: KeyId::from_bytes(random()),
        purpose: KeyPurpose::Wrapping,
        suite: Some(3),
        public: vec![1; 1216],
        secret: Secret::new(random::<96>().to_vec()),
        certificate: None,
        state: KeyState::Active,
        created_at: NOW.minus_seconds(age),
    }
}

pub async fn keys_are_read_back_newest_first(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let permit = system(janet.tenant());
    let old = key(60);
    let new = TenantKey {
        purpose: KeyPurpose::Licensor,
        suite: None,
        ..key(0)
    };
    assert!(commit!(store, [permit, old], |tx| tx
        .add_tenant_key(permit, old)
        .await?));
    assert!(commit!(store, [permit, new], |tx| tx
        .add_tenant_key(permit, new)
        .await?));
    let again = TenantKey {
        secret: Secret::new(vec![0]),
        ..old.clone()
    };
    assert!(!commit!(store, [permit, again], |tx| tx
        .add_tenant_key(permit, again)
        .await?));
    let use_permit = janet.in_tenant(Action::PublishContent);
    let keys = look!(store, [use_permit], |tx| tx.tenant_keys(use_permit).await?);
    assert_eq!(
        keys.iter().map(|key| key.kid).collect::<Vec<_>>(),
        [new.kid, old.kid]
    );
    assert_eq!(keys[1].secret.expose(), old.secret.expose());
    assert_eq!((keys[1].suite, keys[1].purpose), (Some(3), KeyPurpose::Wrapping));

    let licence = janet.on(
        Action::RequestLicence,
        janet.tenant(),
        ContentId::from_bytes(random()),
    );
    let signing = look!(store, [licence], |tx| tx.signing_keys(licence).await?);
    assert_eq!(signing.len(), 1, "wrapping keys do not sign");
    assert_eq!(
        (signing[0].kid, signing[0].purpose),
        (new.kid, KeyPurpose::Licensor)
    );

    let (old_kid, new_kid) = (old.kid, new.kid);
    assert!(commit!(store, [permit, old_kid], |tx| tx
        .set_tenant_key_state(permit, *old_kid, KeyState::Archived)
        .await?));
    assert!(commit!(store, [permit, new_kid], |tx| tx
        .set_tenant_certificate(permit, *new_kid, b"cert")
        .await?));
    let signing = look!(store, [licence], |tx| tx.signing_keys(licence).await?);
    assert_eq!(signing[0].certificate.as_deref(), Some(b"cert".as_slice()));
    assert!(commit!(store, [permit, new_kid], |tx| tx
        .set_tenant_key_state(permit, *new_kid, KeyState::Archived)
        .await?));
    let signing = look!(store, [licence], |tx| tx.signing_keys(licence).await?);
    assert!(signing.is_empty(), "what is archived signs nothing new");
    let old = look!(store, [permit, old_kid], |tx| tx
        .tenant_key(permit, *old_kid)
        .await?)
    .unwrap();
    let new = look!(store, [permit, new_kid], |tx| tx
        .tenant_key(permit, *new_kid)
        .await?)
    .unwrap();
    assert_eq!(old.state, KeyState::Archived);
    assert_eq!(new.certificate.as_deref(), Some(b"cert".as_slice()));
}

pub async fn key_sets_only_move_forward(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let tenant = janet.tenant();
    let set = |version: u64| KeySet {
        version,
        bytes: version.to_string().into_bytes(),
        issued_at: NOW,
        expires_at: NOW.plus_seconds(60),
    };
    let stored = at_once(20, |index| {
        let (store, set) = (store.clone(), set(1 + index as u64 % 10));
        async move {
            commit!(store, [tenant, set], |tx| tx
                .put_key_set(&system(*tenant), set)
                .await?)
        }
    })
    .await;
    assert!(
        stored.iter().filter(|stored| **stored).count() <= 10,
        "no version is stored twice"
    );
    let permit = janet.in_tenant(Action::ReadKeySet);
    assert_eq!(
        look!(store, [permit], |tx| tx.key_set(permit).await?),
        Some(set(10))
    );
}

pub async fn settings_are_agreed_on_once(fixture: impl Fixture) {
    let store = fixture.store();
    let agreed = at_once(20, |index| {
        let store = store.clone();
        async move {
            let value = Secret::new(vec![index as u8; 32]);
            commit!(store, [value], |tx| tx
                .init_setting("mail-code-key", value)
                .await?)
            .expose()
            .to_vec()
        }
    })
    .await;
    assert!(agreed.iter().all(|value| *value == agreed[0]));
    let value = Secret::new(vec![9]);
    commit!(store, [value], |tx| tx
        .set_setting("mail-code-key", value)
        .await?);
    assert_eq!(
        look!(store, [], |tx| tx.setting("mail-code-key").await?)
            .unwrap()
            .expose(),
        [9]
    );
    assert!(look!(store, [], |tx| tx.setting("other").await?).is_none());
}

pub async fn root_keys_are_read_back(fixture: impl Fixture) {
    let store = fixture.store();
    let root = |age| RootKey {
        kid: KeyId::from_bytes(random()),
        public: vec![1; 32],
        secret: Secret::new(random::<32>().to_vec()),
        state: KeyState::Active,
        created_at: NOW.minus_seconds(age),
    };
    let (old, new) = (root(60), root(0));
    assert!(commit!(store, [old], |tx| tx.add_root_key(old).await?));
    assert!(commit!(store, [new], |tx| tx.add_root_key(new).await?));
    assert!(!commit!(store, [new], |tx| tx.add_root_key(new).await?));
    let roots = look!(store, [], |tx| tx.root_keys().await?);
    assert_eq!(
        roots.iter().map(|root| root.kid).collect::<Vec<_>>(),
        [new.kid, old.kid]
    );
    assert_eq!(roots[0].secret.expose(), new.secret.expose());
}
