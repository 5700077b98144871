//! The wall between tenants holds when a statement forgets to say whose rows it means.

use clausa_core::id::TenantId;
use clausa_store::permit::Action;
use clausa_store::record::controls::Controls;
use clausa_store::record::group::Group;
use clausa_store::record::hash::OwnerMac;
use clausa_store::record::succession::Retirement;
use clausa_store::record::tenant::Plan;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::conformance::Fixture as _;
use crate::conformance::world::{NOW, Person, stored_tenant};
use crate::{Postgres, commit};

/// The tables that belong to a tenant, all of them behind the wall.
const WALLED: [&str; 22] = [
    "accounts",
    "certificates",
    "claims",
    "contents",
    "controls",
    "devices",
    "factors",
    "first_uses",
    "group_members",
    "key_sets",
    "licences",
    "log",
    "log_heads",
    "log_tiles",
    "log_trees",
    "member_groups",
    "recovery_codes",
    "successions",
    "template_versions",
    "templates",
    "tenant_keys",
    "tenants",
];
/// Those that can be read across tenants: by whoever shows a token, an address or a domain, and to find logs that are behind.
const DIRECTORY: [&str; 7] = [
    "accounts",
    "claims",
    "controls",
    "devices",
    "log_heads",
    "log_trees",
    "tenants",
];

/// Two tenants with a person, a device, a file, a licence and a log each, and a connection such as the authority's own.
async fn two_tenants(fixture: &Postgres) -> (TenantId, TenantId, PgConnection) {
    let store = &fixture.store;
    let mut tenants = Vec::new();
    for address in ["janet@contoso.example", "bob@fabrikam.example"] {
        let tenant = stored_tenant(store).await;
        let person = Person::stored(store, tenant, address).await;
        let content = person.publish(store).await.id;
        let permit = person.on(Action::RequestLicence, tenant, content);
        let (licence, entry, account, owner) = (
            person.licence(content),
            person.entry("AcquireLicense"),
            person.id(),
            person.address.clone(),
        );
        commit!(store, [permit, licence, entry, account, content, owner], |tx| {
            tx.record_licence(permit, licence, true, owner).await?;
            tx.note_first_use(permit, *content, *account, entry.at).await?;
            tx.append_log(permit, entry).await?
        });
        let (own, domain) = (crate::conformance::world::system(tenant), person.address.domain());
        let group = Group {
            address: format!("sales@{domain}").parse().unwrap(),
            name: String::new(),
            created_at: NOW,
        };
        let member = person.address.clone();
        let (claiming, claim) = (person.in_tenant(Action::ClaimTenant), person.claim(&domain));
        let retirement = Retirement {
            account: person.id(),
            owners: vec![OwnerMac::from_bytes([9; 32])],
            successor: None,
            at: NOW,
        };
        commit!(
            store,
            [own, domain, group, member, claiming, claim, retirement],
            |tx| {
                tx.claim_domain(own, domain, NOW).await?;
                tx.update_tenant(own, "", Plan::Individual, true).await?;
                tx.put_controls(own, &Controls::default()).await?;
                tx.create_claim(claiming, claim).await?;
                tx.create_group(own, group).await?;
                tx.add_member(own, &group.address, member, NOW).await?;
                tx.retire_owner(own, retirement).await?
            }
        );
        crate::conformance::grow(store, crate::conformance::world::system(tenant), 10).await;
        tenants.push(tenant);
    }
    let connection = PgConnection::connect(&fixture.database.url()).await.unwrap();
    (tenants[0], tenants[1], connection)
}

fn hex(tenant: TenantId) -> String {
    tenant
        .as_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The tenants whose rows a statement without any condition sees.
async fn seen(connection: &mut PgConnection, mark: &str, table: &str) -> Vec<Vec<u8>> {
    let mut transaction = connection.begin().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("SET LOCAL clausa.tenant = '{mark}'")))
        .execute(&mut *transaction)
        .await
        .unwrap();
    sqlx::query_scalar(AssertSqlSafe(format!(
        "SELECT DISTINCT tenant FROM {table} ORDER BY tenant"
    )))
    .fetch_all(&mut *transaction)
    .await
    .unwrap()
}

/// SEC-92: without its WHERE, a statement reads the rows of the session's tenant alone; of none before there is one.
#[tokio::test]
async fn a_forgotten_condition_shows_one_tenant_alone() {
    if !Postgres::is_there() {
        return;
    }
    let fixture = Postgres::new().await;
    let (mine, other, mut connection) = two_tenants(&fixture).await;
    let filled = [
        "accounts",
        "claims",
        "contents",
        "controls",
        "devices",
        "first_uses",
        "group_members",
        "licences",
        "log",
        "log_heads",
        "log_tiles",
        "log_trees",
        "member_groups",
        "successions",
        "tenants",
    ];
    for table in filled {
        let count = fixture
            .database
            .sql(&format!("SELECT COUNT(DISTINCT tenant) FROM {table}"));
        assert_eq!(count, "2", "{table} has rows of both");
        for tenant in [mine, other] {
            assert_eq!(
                seen(&mut connection, &hex(tenant), table).await,
                [tenant.as_bytes().to_vec()],
                "{table}"
            );
        }
        assert!(seen(&mut connection, "", table).await.is_empty(), "{table}");
        let across = seen(&mut connection, "ff", table).await.len();
        assert_eq!(across, if DIRECTORY.contains(&table) { 2 } else { 0 }, "{table}");
    }
    // A connection that was never told anything sees nothing either.
    let rows: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM log")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(rows, 0);
}

/// SEC-92: without its WHERE, a change stays with the session's tenant, and nothing is written for another.
#[tokio::test]
async fn a_forgotten_condition_changes_one_tenant_alone() {
    if !Postgres::is_there() {
        return;
    }
    let fixture = Postgres::new().await;
    let (mine, other, mut connection) = two_tenants(&fixture).await;
    for (mark, changed) in [(hex(mine), 1), (String::new(), 0), ("ff".to_owned(), 0)] {
        for statement in [
            "UPDATE contents SET file_name = 'x'",
            "UPDATE accounts SET state = 'closed'",
            "DELETE FROM group_members",
        ] {
            let mut transaction = connection.begin().await.unwrap();
            let mark = AssertSqlSafe(format!("SET LOCAL clausa.tenant = '{mark}'"));
            sqlx::raw_sql(mark).execute(&mut *transaction).await.unwrap();
            let done = sqlx::raw_sql(statement).execute(&mut *transaction).await.unwrap();
            assert_eq!(done.rows_affected(), changed, "{statement}");
        }
    }
    let mut transaction = connection.begin().await.unwrap();
    let mark = AssertSqlSafe(format!("SET LOCAL clausa.tenant = '{}'", hex(mine)));
    sqlx::raw_sql(mark).execute(&mut *transaction).await.unwrap();
    let smuggled = sqlx::query(
        "INSERT INTO log_heads (tenant, length, written_at) VALUES ($1, 9, 9) \
         ON CONFLICT (tenant) DO UPDATE SET length = 9",
    )
    .bind(other.as_bytes().to_vec())
    .execute(&mut *transaction)
    .await;
    assert!(smuggled.unwrap_err().to_string().contains("row-level security"));
}

/// Every table whose key begins with the tenant is behind the wall, for its owner too, and no other table is.
#[tokio::test]
async fn every_table_of_a_tenant_is_behind_the_wall() {
    if !Postgres::is_there() {
        return;
    }
    let fixture = Postgres::new().await;
    let tables = "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class c WHERE relkind = 'r' \
                  AND relnamespace = 'public'::regnamespace AND ";
    let walled = fixture
        .database
        .sql(&format!("{tables} relrowsecurity AND relforcerowsecurity"));
    assert_eq!(walled.split(' ').collect::<Vec<_>>(), WALLED);
    let keyed = fixture.database.sql(&format!(
        "{tables} (SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] \
         WHERE i.indrelid = c.oid AND i.indisprimary) = 'tenant'"
    ));
    assert_eq!(keyed, walled);
}
