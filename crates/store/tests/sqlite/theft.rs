//! A stolen database gives no secret away and opens nothing.

use clausa_core::id::KeyId;
use clausa_core::random::SystemRandom;
use clausa_store::permit::Action;
use clausa_store::record::authority::RootKey;
use clausa_store::record::content::Content;
use clausa_store::record::factor::{FactorKind, FurtherFactor};
use clausa_store::record::hash::CookieHash;
use clausa_store::record::ident::MailId;
use clausa_store::record::mail::Mail;
use clausa_store::record::proof::Proof;
use clausa_store::record::secret::Secret;
use clausa_store::record::session::BrowserSession;
use clausa_store::record::tenant_key::{KeyPurpose, KeyState, TenantKey};
use clausa_store::{KeyEncryptionKey, Permit, Sealer, Store, StoreError, SystemAct};
use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::conformance::world::{NOW, janet, random, system};
use crate::{commit, sealer};

/// A secret that would be found again in a file of any size.
fn secret() -> Secret {
    Secret::new(random::<32>().to_vec())
}

/// Every secret stands sealed: the database's files are searched for each of them, and opened with another key.
#[tokio::test]
async fn a_stolen_database_opens_nothing() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("authority.db");
    let store = Store::open_sqlite(&path, sealer()).await.unwrap();
    let janet = janet(&store).await;
    let secrets: [Secret; 8] = std::array::from_fn(|_| secret());
    let [root, key, password, setting, mail, state, policy, totp] = secrets.clone();
    let kid = KeyId::from_bytes(random());
    let root = RootKey {
        kid,
        public: vec![1; 32],
        secret: root,
        state: KeyState::Active,
        created_at: NOW,
    };
    let key = TenantKey {
        kid,
        purpose: KeyPurpose::Wrapping,
        suite: Some(3),
        public: vec![1],
        secret: key,
        certificate: None,
        state: KeyState::Active,
        created_at: NOW,
    };
    let mail = Mail {
        id: MailId::from_bytes(random()),
        to: janet.address.clone(),
        message: mail,
        created_at: NOW,
        expires_at: NOW.plus_seconds(60),
    };
    let browser = BrowserSession {
        cookie: CookieHash::from_bytes(random()),
        signed_in: None,
        signup: None,
        state: Some(state),
        created_at: NOW,
        expires_at: NOW.plus_seconds(60),
        proof: Proof::default(),
        client: None,
    };
    let content = Content {
        policy: Some(policy),
        ..janet.content()
    };
    let factor = FurtherFactor {
        secret: totp,
        ..super::conformance::factor(&janet, FactorKind::Totp)
    };
    let publish = janet.in_tenant(Action::PublishContent);
    let id = janet.id();
    let own = system(janet.tenant());
    commit!(
        store,
        [
            own, id, root, key, password, setting, mail, browser, publish, content, factor
        ],
        |tx| {
            tx.add_root_key(root).await?;
            tx.add_tenant_key(own, key).await?;
            tx.set_password_hash(own, *id, Some(password)).await?;
            tx.add_factor(own, factor).await?;
            tx.set_setting("mail-code-key", setting).await?;
            tx.enqueue_mail(mail).await?;
            tx.put_browser_session(browser).await?;
            tx.register_content(publish, content).await?
        }
    );
    let mut stolen = Vec::new();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        stolen.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let holds = |bytes: &[u8]| stolen.windows(bytes.len()).any(|window| window == bytes);
    assert!(
        holds(id.as_bytes()),
        "what is not secret is found, so the search works"
    );
    for secret in &secrets {
        assert!(!holds(secret.expose()));
    }
    store.close().await;

    let other = KeyEncryptionKey::new(1, Zeroizing::new([8; 32]));
    let thief = Store::open_sqlite(&path, Sealer::new(vec![other], SystemRandom).unwrap())
        .await
        .unwrap();
    let tenant = janet.tenant();
    let own = Permit::system(SystemAct::Housekeeping(tenant));
    macro_rules! opens {
        (|$tx:ident| $body:expr) => {
            thief
                .transact("test", move |$tx| {
                    Box::pin(async move { $body.await.map(|_| ()) })
                })
                .await
        };
    }
    let content = content.id;
    for result in [
        opens!(|tx| tx.root_keys()),
        opens!(|tx| tx.tenant_keys(&own)),
        opens!(|tx| tx.password_hash(&own, id)),
        opens!(|tx| tx.setting("mail-code-key")),
        opens!(|tx| tx.lease_mail(NOW, NOW.plus_seconds(1), 10)),
        opens!(|tx| tx.browser_session(&browser.cookie, NOW)),
        opens!(|tx| tx.content(&own, content)),
        opens!(|tx| tx.factors(&own, id)),
    ] {
        assert!(matches!(result, Err(StoreError::Sealed { .. })), "{result:?}");
    }
    thief.close().await;
}
