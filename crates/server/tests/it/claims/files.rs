//! SEC-89: a takeover changes who administers, and nothing about keys, policies, templates or files.

use clausa_store::record::tenant::Plan;
use clausa_store::{Permit, SystemAct};

use super::story::Town;
use crate::support::Person;

/// What a takeover has no business with.
const UNTOUCHED: [&str; 10] = [
    "addresses",
    "certificates",
    "contents",
    "devices",
    "domains",
    "key_sets",
    "root_keys",
    "template_versions",
    "templates",
    "tenant_keys",
];

async fn rows(town: &Town) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for table in UNTOUCHED {
        found.push((table, town.house.database.rows(table).await));
    }
    found
}

#[tokio::test]
async fn old_files_open_for_the_same_people_and_no_row_of_theirs_changes() {
    let town = Town::open().await;
    let janet = town.house.person("janet@contoso.example").await;
    let sam = town.house.person("sam@contoso.example").await;
    let dover = town.house.person("p.dover@fabrikam.example").await;
    let stranger = town.house.person("x@litware.example").await;
    let count = std::env::var("CLAUSA_CASES").map_or(20, |cases| cases.parse().unwrap());
    let mut files = Vec::new();
    for index in 0..count {
        let owner = [&janet, &sam][index % 2];
        let colleague = [&sam, &janet][index % 2];
        let reader = [&dover, colleague][index / 2 % 2];
        let policy = owner.policy(&[(reader.address.as_str(), "VIEW,PRINT")]);
        let file = owner.publish(&town.house, &policy).await;
        if index % 3 > 0 {
            owner.register(&town.house, &file, Some("plan.txt")).await;
        }
        files.push((owner, reader, file));
    }
    let open_all = async || {
        for (owner, reader, file) in &files {
            for person in [owner, reader] {
                person.open(&town.house, file).await;
            }
            let refused = stranger
                .ask(&town.house, file, clausa_api::licence::LicencePurpose::Open)
                .await;
            assert_eq!(refused.status, 403);
        }
    };
    open_all().await;
    let (before, keys_before) = (rows(&town).await, janet.key_set(&town.house).await);
    assert!(before.iter().all(|(_, rows)| !rows.is_empty()), "{before:?}");

    town.prove(&janet).await;
    assert_eq!(town.delay().await.len(), 1);
    assert!(town.role_of(&janet).await.1);

    for ((table, before), (_, after)) in before.iter().zip(rows(&town).await) {
        assert_eq!(*before, after, "{table}");
    }
    let ids = |keys: &clausa_core::certificate::TenantKeySet| {
        let keys = keys.keys_for_new_files();
        keys.iter()
            .map(|key| format!("{:?}", key.kid()))
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&keys_before), ids(&janet.key_set(&town.house).await));
    open_all().await;
    // And after that new files are made under the same keys.
    let file = sam.publish(&town.house, &sam.policy(&[])).await;
    sam.open(&town.house, &file).await;

    // The plan is a flag: there and back, nothing else changes either.
    let tenants = town.house.database.rows("tenants").await;
    convert(&town, &janet, Plan::Organisation).await;
    let converted = town.house.database.rows("tenants").await;
    assert_ne!(converted, tenants);
    assert_eq!(converted.replace("organisation", "individual"), tenants);
    let kept = rows(&town).await;
    open_all().await;
    convert(&town, &janet, Plan::Individual).await;
    assert_eq!(town.house.database.rows("tenants").await, tenants);
    assert_eq!(rows(&town).await, kept);
    open_all().await;
}

async fn convert(town: &Town, of: &Person, plan: Plan) {
    let permit = Permit::system(SystemAct::TakeOver(of.tenant));
    let converted = town.house.authority.store().transact("test plan", move |tx| {
        Box::pin(async move {
            let tenant = tx.tenant(&permit).await?.unwrap();
            tx.update_tenant(&permit, &tenant.name, plan, tenant.managed)
                .await
        })
    });
    assert!(converted.await.unwrap());
}
