use clausa_store::Store;
use clausa_store::record::ident::MailId;
use clausa_store::record::mail::{LeasedMail, Mail};
use clausa_store::record::micros::Micros;
use clausa_store::record::secret::Secret;

use super::Fixture;
use super::world::*;
use crate::{commit, look};

async fn enqueued(store: &Store, age: u64) -> Mail {
    let mail = Mail {
        id: MailId::from_bytes(random()),
        to: "janet@contoso.example".parse().unwrap(),
        message: Secret::new(b"Subject: your code\r\n\r\n48219930".to_vec()),
        created_at: NOW.minus_seconds(age),
        expires_at: NOW.plus_seconds(3600),
    };
    commit!(store, [mail], |tx| tx.enqueue_mail(mail).await?);
    mail
}

async fn lease(store: &Store, now: Micros, limit: u32) -> Vec<LeasedMail> {
    let until = now.plus_seconds(60);
    commit!(store, [now, until, limit], |tx| tx
        .lease_mail(*now, *until, *limit)
        .await?)
}

pub async fn waiting_mail_is_counted(fixture: impl Fixture) {
    let store = fixture.store();
    enqueued(store, 2).await;
    let sent = enqueued(store, 1).await.id;
    assert_eq!(look!(store, [], |tx| tx.mails_waiting().await?), 2);
    commit!(store, [sent], |tx| tx.mail_sent(*sent).await?);
    assert_eq!(look!(store, [], |tx| tx.mails_waiting().await?), 1);
}

pub async fn mail_is_sent_once(fixture: impl Fixture) {
    let store = fixture.store();
    let mut expected = Vec::new();
    for age in (0..20).rev() {
        expected.push(enqueued(store, age).await.id);
    }
    let first = lease(store, NOW, 5).await;
    assert_eq!(
        first.iter().map(|leased| leased.mail.id).collect::<Vec<_>>(),
        expected[..5],
        "oldest first"
    );
    assert_eq!(
        first[0].mail.message.expose(),
        b"Subject: your code\r\n\r\n48219930"
    );
    assert_eq!(
        (first[0].attempts, first[0].leased_until),
        (0, NOW.plus_seconds(60))
    );
    let taken = at_once(10, |_| {
        let store = store.clone();
        async move { lease(&store, NOW, 3).await }
    })
    .await;
    let mut ids: Vec<MailId> = first
        .iter()
        .chain(taken.iter().flatten())
        .map(|leased| leased.mail.id)
        .collect();
    ids.sort_unstable();
    expected.sort_unstable();
    assert_eq!(ids, expected, "every mail is taken by one sender");
    for id in ids {
        assert!(commit!(store, [id], |tx| tx.mail_sent(*id).await?));
        assert!(!commit!(store, [id], |tx| tx.mail_sent(*id).await?));
    }
    assert_eq!(look!(store, [], |tx| tx.next_mail_due().await?), None);
}

pub async fn leased_mail_comes_back(fixture: impl Fixture) {
    let store = fixture.store();
    let id = enqueued(store, 0).await.id;
    assert_eq!(look!(store, [], |tx| tx.next_mail_due().await?), Some(NOW));
    assert_eq!(lease(store, NOW, 10).await.len(), 1);
    assert_eq!(
        look!(store, [], |tx| tx.next_mail_due().await?),
        Some(NOW.plus_seconds(60))
    );
    assert!(lease(store, NOW.plus_seconds(59), 10).await.is_empty());
    let fixture = fixture.reopen().await;
    let again = lease(fixture.store(), NOW.plus_seconds(60), 10).await;
    assert_eq!(again[0].mail.id, id, "whoever took it has died");
}

pub async fn failed_mail_waits(fixture: impl Fixture) {
    let store = fixture.store();
    let id = enqueued(store, 0).await.id;
    lease(store, NOW, 10).await;
    let next = NOW.plus_seconds(120);
    assert!(commit!(store, [id, next], |tx| tx
        .mail_failed(*id, *next, "451 try later")
        .await?));
    assert!(lease(store, NOW.plus_seconds(61), 10).await.is_empty());
    let again = lease(store, next, 10).await;
    assert_eq!((again[0].mail.id, again[0].attempts), (id, 1));
}

pub async fn expired_mail_is_forgotten(fixture: impl Fixture) {
    let store = fixture.store();
    let mail = enqueued(store, 0).await;
    let late = mail.expires_at;
    assert!(
        lease(store, late, 10).await.is_empty(),
        "a code that no longer works is not sent"
    );
    assert_eq!(commit!(store, [], |tx| tx.purge_mail(NOW, 10).await?), 0);
    let id = mail.id;
    commit!(store, [id, late], |tx| tx
        .mail_failed(*id, *late, "451 try later")
        .await?);
    assert_eq!(
        look!(store, [], |tx| tx.next_mail_due().await?),
        None,
        "nobody is woken for it"
    );
    assert_eq!(commit!(store, [late], |tx| tx.purge_mail(*late, 10).await?), 1);
    assert_eq!(look!(store, [], |tx| tx.next_mail_due().await?), None);
}
