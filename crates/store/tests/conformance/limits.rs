use clausa_store::Store;
use clausa_store::record::hash::ReplayKey;
use clausa_store::record::limit::{Bucket, Take};
use clausa_store::record::micros::Micros;

use super::Fixture;
use super::world::*;
use crate::commit;

const TEN_AN_HOUR: Bucket = Bucket::per(10, 3600);

async fn take(store: &Store, key: &'static str, now: Micros) -> Take {
    commit!(store, [key, now], |tx| tx.take(key, TEN_AN_HOUR, *now).await?)
}

pub async fn a_bucket_empties_and_fills(fixture: impl Fixture) {
    let store = fixture.store();
    for _ in 0..10 {
        assert_eq!(take(store, "login", NOW).await, Take::Allowed);
    }
    let wait = Take::RetryAfter {
        micros: 360 * Micros::SECOND,
    };
    assert_eq!(take(store, "login", NOW).await, wait);
    assert_eq!(take(store, "login", NOW).await, wait, "a refusal costs nothing");
    assert_eq!(take(store, "other", NOW).await, Take::Allowed);
    assert_eq!(
        take(store, "login", NOW.plus_seconds(359)).await,
        Take::RetryAfter {
            micros: Micros::SECOND
        }
    );
    assert_eq!(take(store, "login", NOW.plus_seconds(360)).await, Take::Allowed);
    assert!(matches!(
        take(store, "login", NOW.plus_seconds(360)).await,
        Take::RetryAfter { .. }
    ));
    let much_later = NOW.plus_seconds(1_000_000);
    for _ in 0..10 {
        assert_eq!(
            take(store, "login", much_later).await,
            Take::Allowed,
            "full, not fuller"
        );
    }
    assert!(matches!(
        take(store, "login", much_later).await,
        Take::RetryAfter { .. }
    ));
    commit!(store, [], |tx| tx.refill("login").await?);
    assert_eq!(take(store, "login", much_later).await, Take::Allowed);
}

/// SEC-81.
pub async fn limits_hold_between_callers(fixture: impl Fixture) {
    let store = fixture.store();
    let answers = at_once(100, |_| {
        let store = store.clone();
        async move { take(&store, "login", NOW).await }
    })
    .await;
    assert_eq!(
        answers.iter().filter(|answer| **answer == Take::Allowed).count(),
        10
    );
}

/// SEC-81.
pub async fn limits_survive_a_restart(fixture: impl Fixture) {
    for _ in 0..10 {
        take(fixture.store(), "login", NOW).await;
    }
    let fixture = fixture.reopen().await;
    assert!(matches!(
        take(fixture.store(), "login", NOW).await,
        Take::RetryAfter { .. }
    ));
}

pub async fn full_buckets_are_forgotten(fixture: impl Fixture) {
    let store = fixture.store();
    take(store, "one", NOW).await;
    take(store, "two", NOW.plus_seconds(3600)).await;
    let later = NOW.plus_seconds(3600);
    assert_eq!(
        commit!(store, [later], |tx| tx.purge_limits(*later, 10).await?),
        1
    );
}

/// SEC-97.
pub async fn a_proof_works_once(fixture: impl Fixture) {
    let store = fixture.store();
    let (key, expires) = (ReplayKey::from_bytes(random()), NOW.plus_seconds(60));
    let noted = at_once(50, |_| {
        let store = store.clone();
        async move { commit!(store, [key, expires], |tx| tx.note_proof(key, *expires).await?) }
    })
    .await;
    assert_eq!(noted.iter().filter(|noted| **noted).count(), 1);
    assert_eq!(
        commit!(store, [expires], |tx| tx.purge_proofs(*expires, 10).await?),
        0
    );
    let fixture = fixture.reopen().await;
    let store = fixture.store();
    assert!(
        !commit!(store, [key, expires], |tx| tx.note_proof(key, *expires).await?),
        "a restart forgets nothing"
    );
    let after = expires.plus_seconds(1);
    assert_eq!(
        commit!(store, [after], |tx| tx.purge_proofs(*after, 10).await?),
        1
    );
}
