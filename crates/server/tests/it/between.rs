//! What happens between the preparation of a licence and the transaction that records it. The turn of the file's
//! organisation is held meanwhile, so that the request waits exactly there.

use std::sync::Arc;
use std::time::Duration;

use clausa_api::licence::LicencePurpose;
use clausa_api::{ProblemType, paths};
use clausa_core::id::TenantId;
use clausa_server::usecase::forget;
use clausa_testkit::TestDatabase;

use crate::support::{Database, House, Person, Published};

/// Longer than what is done meanwhile, shorter than anybody waits for a lock.
const TURN: &str = "3.5";

/// Takes the turn of an organisation's writers, as another node would.
async fn hold(database: &Arc<TestDatabase>, tenant: TenantId) -> tokio::task::JoinHandle<String> {
    let (number, _) = tenant.as_bytes().split_at(8);
    let number = i64::from_be_bytes(number.try_into().unwrap());
    let held = Arc::clone(database);
    let holding = tokio::task::spawn_blocking(move || {
        held.sql(&format!("SELECT pg_advisory_lock({number}), pg_sleep({TURN})"))
    });
    until(database, "granted").await;
    holding
}

/// Waits until somebody has, or waits for, a turn in this database.
async fn until(database: &TestDatabase, which: &str) {
    let query = format!(
        "SELECT COUNT(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database \
         WHERE locktype = 'advisory' AND datname = current_database() AND {which}"
    );
    for _ in 0..200 {
        if database.sql(&query) != "0" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody comes to it");
}

struct Scene {
    first: House,
    second: House,
    database: Arc<TestDatabase>,
    janet: Person,
    dover: Person,
    file: Published,
}

/// Janet's file, which Dover has opened once; none without PostgreSQL.
async fn scene() -> Option<Scene> {
    let first = House::over_postgres().await?;
    let second = first.another_node().await;
    let Database::Postgres(database) = first.database.clone() else {
        panic!("it is over PostgreSQL");
    };
    let janet = first.person("janet@contoso.example").await;
    let dover = first.person("p.dover@fabrikam.example").await;
    let policy = janet.policy(&[("p.dover@fabrikam.example", "VIEW")]);
    let file = janet.publish(&first, &policy).await;
    janet.register(&first, &file, Some("janets-plan.txt")).await;
    dover.open(&first, &file).await;
    Some(Scene {
        first,
        second,
        database,
        janet,
        dover,
        file,
    })
}

/// SEC-45: a device that was removed after its licence was prepared gets none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_removed_after_its_licence_was_prepared_gets_none() {
    let Some(scene) = scene().await else { return };
    let licences = scene.first.count("SELECT COUNT(*) FROM licences").await;
    let held = hold(&scene.database, scene.janet.tenant).await;
    let path = paths::fill(paths::DEVICE, &scene.dover.device().to_string());
    let (answer, removed) = tokio::join!(
        scene.dover.ask(&scene.first, &scene.file, LicencePurpose::Open),
        async {
            until(&scene.database, "NOT granted").await;
            let request = scene.dover.request("DELETE", &path, None);
            scene.second.send(request).await
        }
    );
    assert!(removed.status.is_success(), "{:?}", removed.problem());
    let refused = answer.problem().problem_type();
    assert!(
        matches!(refused, Some(ProblemType::NotSignedIn | ProblemType::Unavailable)),
        "{refused:?}"
    );
    held.await.unwrap();
    assert_eq!(scene.first.count("SELECT COUNT(*) FROM licences").await, licences);
}

/// Nothing that names somebody comes back with what was prepared before he was forgotten: the owner of the file, whether
/// the answer is a licence or a refusal, and whoever asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_who_is_forgotten_comes_back_with_a_prepared_request() {
    for (who, name) in [(0, "janet"), (1, "janet"), (2, "dover")] {
        let Some(scene) = scene().await else { return };
        let purpose = [
            LicencePurpose::Open,
            LicencePurpose::Unprotect,
            LicencePurpose::Open,
        ][who];
        let address = match name {
            "janet" => scene.janet.address.clone(),
            _ => scene.dover.address.clone(),
        };
        let held = hold(&scene.database, scene.janet.tenant).await;
        let (answer, ()) = tokio::join!(scene.dover.ask(&scene.first, &scene.file, purpose), async {
            until(&scene.database, "NOT granted").await;
            let state = scene.second.authority.state();
            let person = forget::find(state, &address).await.unwrap();
            forget::forget(state, &person, "operator").await.unwrap();
        });
        held.await.unwrap();
        let left = scene.database.sql(&format!(
            "SELECT sequence || ' ' || request || ' ' || result FROM log WHERE \
             concat_ws(' ', user_name, owner, issuer, file_name, acting_as, client_ip) LIKE '%{name}%'"
        ));
        assert_eq!(left, "", "{name}, answered {}", answer.status);
        let others = scene.database.sql(&format!(
            "SELECT COUNT(*) FROM contents WHERE owner LIKE '%{name}%'"
        ));
        assert_eq!(others, "0");
        // The client is told to come back, and is answered then.
        if who == 0 {
            scene.dover.open(&scene.first, &scene.file).await;
        }
    }
}
