//! The conformance suite on SQLite, and what only SQLite has.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "conformance/suite.rs"]
mod conformance;

use std::path::PathBuf;

use clausa_core::random::SystemRandom;
use clausa_store::{KeyEncryptionKey, Sealer, Store};
use tempfile::TempDir;
use zeroize::Zeroizing;

use conformance::Fixture;

struct Sqlite {
    folder: TempDir,
    store: Store,
}

fn sealer() -> Sealer {
    Sealer::new(
        vec![KeyEncryptionKey::new(1, Zeroizing::new([7; 32]))],
        SystemRandom,
    )
    .unwrap()
}

impl Sqlite {
    fn path(&self) -> PathBuf {
        self.folder.path().join("authority.db")
    }

    async fn open(folder: TempDir) -> Self {
        let store = Store::open_sqlite(&folder.path().join("authority.db"), sealer())
            .await
            .unwrap();
        Self { folder, store }
    }
}

impl Fixture for Sqlite {
    async fn new() -> Self {
        Self::open(TempDir::new().unwrap()).await
    }

    fn store(&self) -> &Store {
        &self.store
    }

    async fn reopen(self) -> Self {
        self.store.close().await;
        Self::open(self.folder).await
    }
}

conformance!(Sqlite);

#[path = "sqlite/kill.rs"]
mod kill;
#[path = "sqlite/schema.rs"]
mod schema;
#[path = "sqlite/theft.rs"]
mod theft;
#[path = "sqlite/upkeep.rs"]
mod upkeep;
