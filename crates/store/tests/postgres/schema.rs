//! Which databases are served.

use clausa_store::{Store, StoreError};
use clausa_testkit::{PostgresServer, TestDatabase};

use crate::conformance::Fixture as _;
use crate::conformance::world::janet;
use crate::{Postgres, commit, sealer};

#[tokio::test]
async fn an_unknown_schema_is_refused() {
    if !Postgres::is_there() {
        return;
    }
    for statement in [
        "INSERT INTO schema_migrations SELECT MAX(version) + 1, 'of a newer version', '\\x00' FROM schema_migrations",
        "UPDATE schema_migrations SET checksum = '\\x00' WHERE version = 1",
        "DROP TABLE schema_migrations",
    ] {
        let fixture = Postgres::new().await;
        fixture.store.close().await;
        fixture.database.sql(statement);
        let opened = Store::open_postgres(&fixture.database.url(), None, sealer()).await;
        assert!(
            matches!(opened, Err(StoreError::UnknownSchema { .. })),
            "{statement}"
        );
    }
}

/// Nodes that start at the same time on an empty database make its schema once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_nodes_make_one_schema() {
    let Some(database) = TestDatabase::new() else {
        return;
    };
    let stores = crate::conformance::world::at_once(6, |_| {
        let url = database.url();
        async move { Store::open_postgres(&url, None, sealer()).await.unwrap() }
    })
    .await;
    assert_eq!(database.sql("SELECT COUNT(*) FROM schema_migrations"), "9");
    for store in stores {
        store.close().await;
    }
}

/// A user whom no wall would bind is refused, with what to do instead.
#[tokio::test]
async fn a_superuser_is_refused() {
    let Some(database) = TestDatabase::new() else {
        return;
    };
    for privilege in ["SUPERUSER", "BYPASSRLS"] {
        let role = format!("unbound_{}_{}", privilege.to_lowercase(), std::process::id());
        database.sql(&format!("CREATE ROLE {role} LOGIN {privilege}"));
        let url = database.url().replace("//clausa@", &format!("//{role}@"));
        let error = Store::open_postgres(&url, None, sealer()).await.err().unwrap();
        assert!(
            matches!(&error, StoreError::Refused { reason } if reason.contains("CREATE ROLE")),
            "{error}"
        );
        database.sql(&format!("DROP ROLE {role}"));
    }
    assert!(PostgresServer::shared().is_some());
}

/// The log cannot be rewritten by a slip of a statement either, not even by a superuser's.
#[tokio::test]
async fn the_log_refuses_changes() {
    if !Postgres::is_there() {
        return;
    }
    let fixture = Postgres::new().await;
    let janet = janet(&fixture.store).await;
    let (own, entry) = (
        crate::conformance::world::system(janet.tenant()),
        janet.entry("SignIn"),
    );
    commit!(fixture.store, [own, entry], |tx| tx
        .append_log(own, entry)
        .await?);
    let permit = crate::conformance::world::system(janet.tenant());
    crate::conformance::grow(&fixture.store, permit, 10).await;
    let zeros = "salts = decode(repeat('00', 64), 'hex'), erased = decode(repeat('00', 224), 'hex')";
    let personal = "user_name = '', client_ip = NULL, client_info = NULL, acting_as = NULL, owner = NULL, \
                    file_name = NULL, issuer = NULL";
    for statement in [
        "UPDATE log SET result = 'x'",
        "UPDATE log SET user_name = ''",
        "UPDATE log SET leaf = decode(repeat('00', 32), 'hex')",
        "UPDATE log SET salts = decode(repeat('00', 16), 'hex')",
        &format!("UPDATE log SET {zeros}"),
        &format!("UPDATE log SET {zeros}, {personal}, account = NULL"),
        &format!("UPDATE log SET {zeros}, user_name = 'x'"),
        "DELETE FROM log",
        "TRUNCATE log",
        "UPDATE log_trees SET size = 0",
        "DELETE FROM log_trees",
        "UPDATE log_tiles SET hashes = decode(repeat('00', 32), 'hex')",
        "DELETE FROM log_tiles",
        "TRUNCATE log_tiles",
    ] {
        let told = fixture.database.sql(&format!(
            "DO $$ BEGIN {statement}; RAISE 'it was changed'; EXCEPTION WHEN check_violation THEN NULL; END $$; \
             SELECT COUNT(*) FROM log"
        ));
        assert_eq!(told, "1", "{statement}");
    }
    // What may be done: somebody is forgotten, and entries in the tree are detached.
    let told = fixture.database.sql(&format!(
        "UPDATE log SET {zeros}, {personal}; UPDATE log_trees SET detached = 1; DELETE FROM log; SELECT COUNT(*) FROM log"
    ));
    assert_eq!(told.lines().last(), Some("0"));
}
