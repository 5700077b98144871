//! The conformance suite on PostgreSQL, and what only PostgreSQL has.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "conformance/suite.rs"]
mod conformance;

use clausa_core::random::SystemRandom;
use clausa_store::{KeyEncryptionKey, Sealer, Store};
use clausa_testkit::{PostgresServer, TestDatabase};
use zeroize::Zeroizing;

use conformance::Fixture;

struct Postgres {
    store: Store,
    database: TestDatabase,
}

fn sealer() -> Sealer {
    let key = KeyEncryptionKey::new(1, Zeroizing::new([7; 32]));
    Sealer::new(vec![key], SystemRandom).unwrap()
}

impl Postgres {
    async fn open(database: TestDatabase) -> Self {
        let store = Store::open_postgres(&database.url(), None, sealer())
            .await
            .unwrap();
        Self { store, database }
    }
}

impl Fixture for Postgres {
    fn is_there() -> bool {
        PostgresServer::shared().is_some()
    }

    async fn new() -> Self {
        Self::open(TestDatabase::new().unwrap()).await
    }

    fn store(&self) -> &Store {
        &self.store
    }

    async fn reopen(self) -> Self {
        self.store.close().await;
        Self::open(self.database).await
    }
}

conformance!(Postgres);

#[path = "postgres/copy.rs"]
mod copy;
#[path = "postgres/failure.rs"]
mod failure;
#[path = "postgres/history.rs"]
mod history;
#[path = "postgres/ledger.rs"]
mod ledger;
#[cfg(unix)]
#[path = "postgres/network.rs"]
mod network;
#[path = "postgres/nodes.rs"]
mod nodes;
#[path = "postgres/schema.rs"]
mod schema;
#[path = "postgres/sequencers.rs"]
mod sequencers;
#[path = "postgres/wall.rs"]
mod wall;
