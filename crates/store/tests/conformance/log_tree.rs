use clausa_store::permit::Action;
use clausa_store::record::log::{LogDraft, LogFilter};
use clausa_store::record::log_tree::{Forgotten, Grown, LogEvidence, LogTree};
use clausa_store::record::micros::Micros;
use clausa_store::{Permit, Store, StoreError};

use super::Fixture;
use super::world::*;
use crate::{commit, look};

/// Entries of everybody's.
pub async fn append_some(store: &Store, person: &Person, count: u32) {
    let (permit, entry) = (person.own(Action::ReadIdentity), person.entry("SignIn"));
    commit!(store, [permit, entry, count], |tx| {
        for number in 0..*count {
            let entry = LogDraft {
                correlation: number.to_string(),
                ..entry.clone()
            };
            tx.append_log(permit, &entry).await?;
        }
    });
}

/// Takes in at most `limit` entries and keeps a checkpoint that says the root.
pub async fn grow(store: &Store, permit: Permit, limit: u32) -> Option<Grown> {
    commit!(store, [permit, limit], |tx| {
        let grown = tx.grow_log_tree(permit, *limit).await?;
        if let Some(grown) = grown {
            let note = format!("{:?}", grown.root);
            tx.put_checkpoint(permit, grown.size, &note, NOW).await?;
        }
        grown
    })
}

async fn behind(store: &Store, many: u64, signed_before: Micros) -> Vec<u64> {
    let found = look!(store, [many, signed_before], |tx| tx
        .logs_behind(None, *many, *signed_before, 10)
        .await?);
    found.iter().map(|found| found.entries).collect()
}

async fn tree(store: &Store, permit: Permit) -> LogTree {
    look!(store, [permit], |tx| tx.log_tree(permit).await?)
}

pub async fn a_log_grows_into_a_tree(fixture: impl Fixture) {
    let store = fixture.store();
    let (janet, other) = (janet(store).await, elsewhere(store).await);
    append_some(store, &janet, 600).await;
    append_some(store, &other, 1).await;
    let permit = system(janet.tenant());
    let empty = LogTree {
        length: 600,
        ..LogTree::default()
    };
    assert_eq!(tree(store, permit).await, empty);
    assert_eq!(behind(store, 600, Micros(0)).await, [600]);
    assert_eq!(behind(store, 601, Micros(0)).await, [0_u64; 0]);
    let mut all = behind(store, 1_000, NOW).await;
    all.sort_unstable();
    assert_eq!(all, [1, 600]);

    let mut sizes = Vec::new();
    while let Some(grown) = grow(store, permit, 250).await {
        sizes.push(grown.size);
    }
    assert_eq!(sizes, [250, 500, 600]);
    let reader = janet.in_tenant(Action::ReadLog);
    let grown = tree(store, reader).await;
    assert_eq!((grown.size, grown.signed_at, grown.detached), (600, NOW, 0));
    assert_eq!(behind(store, 1, Micros(0)).await, [1], "only the other one is");
    let lengths = look!(store, [reader], |tx| {
        let mut lengths = Vec::new();
        for (level, tile) in [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1)] {
            lengths.push(
                tx.log_tile(reader, level, tile)
                    .await?
                    .map(|hashes| hashes.len() / 32),
            );
        }
        lengths
    });
    assert_eq!(lengths, [Some(256), Some(256), Some(88), None, Some(2), None]);
    let foreign = look!(store, [other], |tx| {
        let permit = other.in_tenant(Action::ReadLog);
        tx.log_tile(&permit, 0, 0).await?
    });
    assert_eq!(foreign, None, "a tenant's tiles are its own");
}

/// However the work falls among those who do it, one tree comes out.
pub async fn sequencers_agree(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    append_some(store, &janet, 520).await;
    let permit = system(janet.tenant());
    let grown = at_once(8, |index| {
        let store = store.clone();
        async move { grow(&store, permit, 100 + index as u32).await }
    })
    .await;
    let mut roots: Vec<Grown> = grown.into_iter().flatten().collect();
    while let Some(grown) = grow(store, permit, 100).await {
        roots.push(grown);
    }
    let sizes: std::collections::BTreeSet<u64> = roots.iter().map(|grown| grown.size).collect();
    assert_eq!(sizes.len(), roots.len(), "no size is signed for twice");
    assert_eq!(sizes.last(), Some(&520));
    let last = roots.iter().max_by_key(|grown| grown.size).unwrap();
    let kept = tree(store, permit).await.checkpoint.unwrap();
    assert_eq!(kept, format!("{:?}", last.root));
}

pub async fn evidence_goes_with_its_entry(fixture: impl Fixture) {
    let store = fixture.store();
    let (janet, bob) = (janet(store).await, elsewhere(store).await);
    append_some(store, &janet, 2).await;
    append_some(store, &bob, 1).await;
    let filter = LogFilter {
        content: None,
        after: 0,
        limit: 10,
    };
    let permit = janet.in_tenant(Action::ReadLog);
    let evidence = look!(store, [permit, filter], |tx| tx
        .log_evidence(permit, filter)
        .await?);
    let entries = look!(store, [permit, filter], |tx| tx.log(permit, filter).await?);
    assert_eq!(evidence.len(), 2);
    for (evidence, entry) in evidence.iter().zip(&entries) {
        assert_eq!(&evidence.entry, entry);
        assert_eq!(evidence.salts.as_ref().map(Vec::len), Some(16));
        assert!(evidence.leaf.is_some() && evidence.erased.is_none());
    }
    assert_ne!(evidence[0].salts, evidence[1].salts);
    assert_ne!(evidence[0].leaf, evidence[1].leaf);
    let other = janet.own(Action::ReadIdentity);
    let refused: Result<_, StoreError> = store
        .read("test", move |tx| {
            Box::pin(async move { tx.log_tree(&other).await })
        })
        .await;
    assert!(matches!(refused, Err(StoreError::PermitScope { .. })));
}

async fn elsewhere(store: &Store) -> Person {
    let tenant = stored_tenant(store).await;
    Person::stored(store, tenant, "p.dover@fabrikam.example").await
}

fn everything() -> LogFilter {
    LogFilter {
        content: None,
        after: 0,
        limit: 1_000,
    }
}

async fn evidence(store: &Store, permit: Permit) -> Vec<LogEvidence> {
    look!(store, [permit], |tx| tx
        .log_evidence(permit, &everything())
        .await?)
}

async fn forget(store: &Store, person: &Person) -> u64 {
    let forgotten = Forgotten {
        account: person.id(),
        addresses: vec![person.address.to_string()],
    };
    let permit = system(person.tenant());
    commit!(store, [permit, forgotten], |tx| {
        tx.forget_account(permit, forgotten, NOW).await?;
        tx.forget_in_contents(permit, forgotten).await?;
        tx.forget_addresses(permit, forgotten).await?;
        tx.forget_in_log(permit, forgotten, 1_000).await?
    })
}

/// Whoever is forgotten is gone from every entry, and nobody else is.
pub async fn a_person_is_forgotten(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let bob = Person::stored(store, janet.tenant(), "bob@contoso.example").await;
    let opened = LogDraft {
        owner: Some(janet.address.to_string()),
        owner_account: Some(janet.id()),
        issuer: Some(janet.address.to_string()),
        file_name: Some("offer.pdf".to_owned()),
        client_ip: Some("192.0.2.1".to_owned()),
        client_info: Some("clausa".to_owned()),
        content: Some(janet.publish(store).await.id),
        ..bob.entry("AcquireLicense")
    };
    let permit = system(janet.tenant());
    commit!(store, [permit, opened], |tx| tx
        .append_log(permit, opened)
        .await?);
    append_some(store, &janet, 2).await;
    append_some(store, &bob, 1).await;
    grow(store, permit, 10).await;
    let before = evidence(store, permit).await;

    assert_eq!(forget(store, &bob).await, 2);
    assert_eq!(forget(store, &bob).await, 0, "nothing is left of him");
    let after = evidence(store, permit).await;
    let expected = LogDraft {
        user: String::new(),
        client_ip: None,
        client_info: None,
        ..opened.clone()
    };
    assert_eq!(after[0].entry.entry, expected);
    assert_eq!(
        after[1..3],
        before[1..3],
        "entries that do not name him are as they were"
    );
    assert_eq!(after[3].entry.entry.user, "");
    let leaves = |evidence: &[LogEvidence]| evidence.iter().map(|one| one.leaf).collect::<Vec<_>>();
    assert_eq!(leaves(&before), leaves(&after));
    let salts = after[0].salts.as_ref().unwrap();
    assert_eq!((salts.len(), &salts[..16]), (64, &[0; 16][..]));
    assert!(
        salts[16..]
            .as_chunks::<16>()
            .0
            .iter()
            .all(|salt| salt != &[0; 16])
    );
    assert_eq!(after[0].erased.as_ref().map(Vec::len), Some(224));

    assert_eq!(forget(store, &janet).await, 3);
    let after = evidence(store, permit).await;
    let nobody = LogDraft {
        owner: None,
        file_name: None,
        issuer: None,
        ..expected
    };
    assert_eq!(after[0].entry.entry, nobody);
    assert_eq!(leaves(&before), leaves(&after));
    let (own, content) = (
        janet.on(Action::ReadContent, janet.tenant(), opened.content.unwrap()),
        opened.content,
    );
    let kept = look!(store, [own, content], |tx| tx
        .content(own, content.unwrap())
        .await?);
    let kept = kept.expect("files stay");
    assert!(!kept.owner.as_str().contains("janet") && !kept.issuer.as_str().contains("janet"));
    let address = janet.address.clone();
    let found = look!(store, [address], |tx| tx.account_by_address(address).await?);
    assert_eq!(found, None);
}

/// Old entries leave the table once they are in the tree, and the tree stays.
pub async fn old_entries_are_detached(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    append_some(store, &janet, 5).await;
    let later = LogDraft {
        at: NOW.plus_seconds(60),
        ..janet.entry("SignIn")
    };
    let permit = system(janet.tenant());
    commit!(store, [permit, later], |tx| tx.append_log(permit, later).await?);
    grow(store, permit, 4).await;
    let position = |before: Micros| async move {
        look!(store, [permit, before], |tx| tx
            .log_position(permit, *before)
            .await?)
    };
    assert_eq!(position(NOW).await, 0);
    assert_eq!(
        position(NOW.plus_seconds(1)).await,
        4,
        "what is not in the tree stays"
    );
    grow(store, permit, 4).await;
    assert_eq!(position(NOW.plus_seconds(1)).await, 5);
    let mut removed = Vec::new();
    for _ in 0..3 {
        removed.push(commit!(store, [permit], |tx| tx.detach_log(permit, 5, 3).await?));
    }
    assert_eq!(removed, [3, 2, 0]);
    let left: Vec<u64> = evidence(store, permit)
        .await
        .iter()
        .map(|one| one.entry.sequence)
        .collect();
    assert_eq!(left, [6]);
    let tree = tree(store, permit).await;
    assert_eq!((tree.length, tree.size, tree.detached), (6, 6, 5));
    let tile = look!(store, [permit], |tx| tx.log_tile(permit, 0, 0).await?);
    assert_eq!(tile.map(|hashes| hashes.len()), Some(6 * 32));
    append_some(store, &janet, 1).await;
    assert_eq!(grow(store, permit, 10).await.map(|grown| grown.size), Some(7));
}
