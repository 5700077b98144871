//! SEC-98 across nodes: after a revocation was answered, no node records a licence for the file.
//!
//! Clients of three nodes publish, revoke, ask for licences and read, all at once, and write down when each call began and
//! ended and what it answered. Then the history is checked against real time, and against the log. `CLAUSA_CASES` says
//! how many calls there are.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use clausa_core::id::ContentId;
use clausa_core::random::{Randomness as _, SystemRandom};
use clausa_store::permit::Action;
use clausa_store::record::content::{Revocation, RevocationOutcome};
use clausa_store::record::licence::LicenceRecord;
use clausa_store::{Store, StoreError};

use crate::Postgres;
use crate::conformance::Fixture as _;
use crate::conformance::world::*;
use crate::nodes::node;

/// Clients of each node.
const CLIENTS: usize = 24;
/// Tenants, few enough that the nodes meet in each.
const TENANTS: usize = 4;
/// Calls about one file, on average.
const CALLS: usize = 50;
/// Files that are in use at the same time.
const WINDOW: usize = 24;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Licence(bool),
    Revoked,
    Seen {
        revoked: bool,
    },
    /// The store said that it could not; nothing is known of it.
    Failed,
}

#[derive(Clone, Copy, Debug)]
struct Call {
    content: ContentId,
    begun: Instant,
    ended: Instant,
    answer: Answer,
}

struct Shared {
    nodes: Vec<Store>,
    files: Vec<(Person, ContentId)>,
    next: AtomicUsize,
    total: usize,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_licence_follows_an_answered_revocation_on_any_node() {
    if !Postgres::is_there() {
        return;
    }
    let total = std::env::var("CLAUSA_CASES").map_or(100_000, |cases| cases.parse().unwrap());
    let fixture = Postgres::new().await;
    let nodes = vec![fixture.store.clone(), node(&fixture).await, node(&fixture).await];
    let mut people = Vec::new();
    for index in 0..TENANTS {
        let tenant = stored_tenant(&nodes[0]).await;
        people.push(Person::stored(&nodes[0], tenant, &format!("janet@contoso{index}.example")).await);
    }
    let people = Arc::new(people);
    let files = at_once(total / CALLS + WINDOW, |index| {
        let (store, people) = (nodes[index % 3].clone(), Arc::clone(&people));
        async move {
            let person = &people[index % TENANTS];
            (person.clone(), person.publish(&store).await.id)
        }
    })
    .await;
    let shared = Arc::new(Shared {
        nodes,
        files,
        next: AtomicUsize::new(0),
        total,
    });
    let begun = Instant::now();
    let histories = at_once(3 * CLIENTS, |client| {
        let shared = Arc::clone(&shared);
        async move { run(&shared, client % 3).await }
    })
    .await;
    let seconds = begun.elapsed().as_secs_f64();
    let calls: Vec<Call> = histories.concat();
    check(&calls);
    check_log(&fixture, &calls);
    let statistics = shared.nodes.iter().map(Store::statistics);
    let (commits, reruns) = statistics.fold((0, 0), |sum, one| (sum.0 + one.commits, sum.1 + one.reruns));
    let failed = calls.iter().filter(|call| call.answer == Answer::Failed).count();
    eprintln!(
        "{} calls in {seconds:.1} s ({:.0}/s), {failed} failed, {commits} commits, {reruns} jobs run again",
        calls.len(),
        calls.len() as f64 / seconds,
    );
    assert_eq!(calls.len(), total);
    // On a machine with too much to do, a call may be told to come again.
    assert!(failed * 1_000 <= total, "{failed} calls were not answered");
}

async fn run(shared: &Shared, node: usize) -> Vec<Call> {
    let mut calls = Vec::new();
    loop {
        let index = shared.next.fetch_add(1, Relaxed);
        if index >= shared.total {
            return calls;
        }
        let mut die = [0; 2];
        SystemRandom.fill(&mut die).unwrap();
        let (person, content) = &shared.files[index / CALLS + usize::from(die[0]) % WINDOW];
        let store = shared.nodes[node].for_tenant(person.tenant());
        let begun = Instant::now();
        let answer = match die[1] {
            0..8 => revoke(&store, person, *content).await,
            8..90 => look_at(&store, person, *content).await,
            _ => ask(&store, person, *content).await,
        };
        calls.push(Call {
            content: *content,
            begun,
            ended: Instant::now(),
            answer: answer.unwrap_or_else(|error| {
                let is_named = matches!(error, StoreError::Busy | StoreError::TooLong);
                assert!(is_named, "a healthy database answers: {error:?}");
                Answer::Failed
            }),
        });
    }
}

async fn ask(store: &Store, person: &Person, content: ContentId) -> Result<Answer, StoreError> {
    let mut entry = person.entry("AcquireLicense");
    entry.content = Some(content);
    let input = (
        person.on(Action::RequestLicence, person.tenant(), content),
        person.licence(content),
        (entry, person.address.clone()),
    );
    store
        .transact_with("ask", input, |(permit, licence, (entry, owner)), tx| {
            Box::pin(async move {
                let recorded =
                    tx.record_licence(permit, licence, false, owner).await? == LicenceRecord::Recorded;
                let result = if recorded { "Success" } else { "AccessDenied" };
                let entry = clausa_store::record::log::LogDraft {
                    result: result.to_owned(),
                    ..entry.clone()
                };
                tx.append_log(permit, &entry).await?;
                Ok(Answer::Licence(recorded))
            })
        })
        .await
}

async fn revoke(store: &Store, person: &Person, content: ContentId) -> Result<Answer, StoreError> {
    let mut entry = person.entry("RevokeAccess");
    entry.content = Some(content);
    let revocation = Revocation {
        at: NOW,
        including_owner: true,
        by: person.id(),
    };
    let input = (
        person.on(Action::RevokeContent, person.tenant(), content),
        revocation,
        entry,
    );
    store
        .transact_with("revoke", input, move |(permit, revocation, entry), tx| {
            Box::pin(async move {
                let outcome = tx.revoke_content(permit, content, revocation).await?;
                assert_ne!(outcome, RevocationOutcome::Unknown);
                tx.append_log(permit, entry).await?;
                Ok(Answer::Revoked)
            })
        })
        .await
}

async fn look_at(store: &Store, person: &Person, content: ContentId) -> Result<Answer, StoreError> {
    let permit = person.on(Action::ReadContent, person.tenant(), content);
    store
        .read_with("look", permit, move |permit, tx| {
            Box::pin(async move {
                let found = tx.content(permit, content).await?;
                let revoked = found.is_some_and(|found| found.revocation.is_some());
                Ok(Answer::Seen { revoked })
            })
        })
        .await
}

/// Every call that began after a revocation of its file had been answered knows of it.
fn check(calls: &[Call]) {
    let mut revoked: HashMap<ContentId, Instant> = HashMap::new();
    for call in calls.iter().filter(|call| call.answer == Answer::Revoked) {
        let first = revoked.entry(call.content).or_insert(call.ended);
        *first = call.ended.min(*first);
    }
    let mut late = 0;
    let mut violations = Vec::new();
    for call in calls {
        if revoked
            .get(&call.content)
            .is_some_and(|answered| *answered < call.begun)
        {
            late += 1;
            if matches!(
                call.answer,
                Answer::Licence(true) | Answer::Seen { revoked: false }
            ) {
                violations.push(*call);
            }
        }
    }
    assert!(
        violations.is_empty(),
        "{} violations: {:?}",
        violations.len(),
        violations.first()
    );
    let licences = calls
        .iter()
        .filter(|call| call.answer == Answer::Licence(true))
        .count();
    assert!(
        late > calls.len() / 20 && licences > calls.len() / 20,
        "{late} late calls and {licences} licences prove little"
    );
}

/// Each licence has its row, the rows have no gap, and in the log's own order none comes after the revocation.
fn check_log(fixture: &Postgres, calls: &[Call]) {
    let licences = calls
        .iter()
        .filter(|call| call.answer == Answer::Licence(true))
        .count();
    let ask = |query: &str| fixture.database.sql(query);
    assert_eq!(ask("SELECT COUNT(*) FROM licences"), licences.to_string());
    assert_eq!(
        ask("SELECT COUNT(*) FROM log WHERE request = 'AcquireLicense' AND result = 'Success'"),
        licences.to_string()
    );
    assert_eq!(
        ask("SELECT COUNT(*) FROM (SELECT tenant FROM log GROUP BY tenant \
             HAVING MAX(sequence) <> COUNT(*) OR MIN(sequence) <> 1) AS gaps"),
        "0"
    );
    assert_eq!(
        ask(
            "SELECT COUNT(*) FROM log l JOIN log r ON r.tenant = l.tenant AND r.content = l.content \
             AND r.sequence < l.sequence WHERE l.result = 'Success' AND l.request = 'AcquireLicense' \
             AND r.request = 'RevokeAccess'"
        ),
        "0"
    );
}
