//! Several nodes over one database: what one node answered holds on every other.

use clausa_core::id::TenantId;
use clausa_store::Store;
use clausa_store::permit::Action;
use clausa_store::record::account::AddressClaim;
use clausa_store::record::content::Registration;
use clausa_store::record::limit::{Bucket, Take};
use clausa_store::record::log::LogFilter;
use clausa_store::record::micros::Micros;
use clausa_store::record::tenant::DomainClaim;

use crate::conformance::Fixture as _;
use crate::conformance::world::*;
use crate::{Postgres, commit, look, sealer};

/// Another node over the same database.
pub async fn node(fixture: &Postgres) -> Store {
    Store::open_postgres(&fixture.database.url(), None, sealer())
        .await
        .unwrap()
}

/// Three nodes over one database.
pub async fn nodes(fixture: &Postgres) -> [Store; 3] {
    [fixture.store.clone(), node(fixture).await, node(fixture).await]
}

/// One address signs up on three nodes at once: one tenant, one account, and nothing of the losers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn simultaneous_sign_ups_on_three_nodes_make_one_account() {
    if !Postgres::is_there() {
        return;
    }
    let fixture = Postgres::new().await;
    let nodes = nodes(&fixture).await;
    let made = at_once(30, |index| {
        let store = nodes[index % 3].clone();
        async move {
            let new = tenant();
            let (account, _) = Person::imagined(new.id, "janet@contoso.example").account();
            let domain = account.address.domain();
            commit!(store, [new, account, domain], |tx| {
                let permit = system(new.id);
                match tx.tenant_of_domain(domain).await? {
                    Some(_) => false,
                    None => {
                        tx.create_tenant(&permit, new).await?;
                        tx.claim_domain(&permit, domain, NOW).await? == DomainClaim::Claimed
                            && tx.create_account(&permit, account).await? == AddressClaim::Claimed
                    }
                }
            })
        }
    })
    .await;
    assert_eq!(made.iter().filter(|made| **made).count(), 1);
    for table in ["tenants", "domains", "accounts", "addresses"] {
        let rows = fixture.database.sql(&format!("SELECT COUNT(*) FROM {table}"));
        assert_eq!(rows, "1", "{table}");
    }
}

/// A content id is published once, and a log has no gap and no two entries at one place, whichever node wrote it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_nodes_publish_once_and_log_without_gaps() {
    if !Postgres::is_there() {
        return;
    }
    let fixture = Postgres::new().await;
    let nodes = nodes(&fixture).await;
    let janet = janet(&fixture.store).await;
    let id = janet.content().id;
    let outcomes = at_once(90, |index| {
        let (store, janet) = (nodes[index % 3].clone(), janet.clone());
        let permit = janet.in_tenant(Action::PublishContent);
        let content = clausa_store::record::content::Content {
            id,
            ..janet.content()
        };
        async move {
            let entry = janet.entry("RegisterContent");
            let store = if index % 2 == 0 {
                store.for_tenant(janet.tenant())
            } else {
                store
            };
            commit!(store, [permit, content, entry], |tx| {
                tx.append_log(permit, entry).await?;
                tx.register_content(permit, content).await?
            })
        }
    })
    .await;
    let new = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Registration::New))
        .count();
    let conflicts = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Registration::Conflict))
        .count();
    assert_eq!((new, conflicts), (1, 89));
    let permit = janet.in_tenant(Action::ReadLog);
    let filter = LogFilter {
        content: None,
        after: 0,
        limit: 100,
    };
    let log = look!(nodes[1], [permit, filter], |tx| tx.log(permit, filter).await?);
    let sequence: Vec<u64> = log.iter().map(|entry| entry.sequence).collect();
    assert_eq!(sequence, (1..=90).collect::<Vec<_>>());
}

/// SEC-81: a bucket of ten gives ten, however many nodes are asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_hold_across_nodes() {
    if !Postgres::is_there() {
        return;
    }
    let fixture = Postgres::new().await;
    let nodes = nodes(&fixture).await;
    let taken = at_once(60, |index| {
        let store = nodes[index % 3].clone();
        async move {
            commit!(store, [], |tx| tx
                .take("call:janet", Bucket::per(10, 3600), NOW)
                .await?)
        }
    })
    .await;
    assert_eq!(taken.iter().filter(|take| **take == Take::Allowed).count(), 10);
}

/// What one node answered is seen by everything that another is asked afterwards, waiting group or not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_holds_on_every_node_at_once() {
    if !Postgres::is_there() {
        return;
    }
    let fixture = Postgres::new().await;
    let nodes = nodes(&fixture).await;
    at_once(120, |index| {
        let (one, other) = (nodes[index % 3].clone(), nodes[(index + 1) % 3].clone());
        async move {
            let key = clausa_store::record::hash::ReplayKey::from_bytes(random());
            let later = Micros(NOW.0 + 1);
            assert!(commit!(one, [key, later], |tx| tx
                .note_proof(key, *later)
                .await?));
            assert!(!commit!(other, [key, later], |tx| tx
                .note_proof(key, *later)
                .await?));
            let new = tenant();
            assert!(commit!(other, [new], |tx| tx
                .create_tenant(&system(new.id), new)
                .await?));
            let id: TenantId = new.id;
            assert!(look!(one, [id], |tx| tx.find_tenant(*id).await?).is_some());
        }
    })
    .await;
}
