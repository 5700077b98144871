//! A store that is gone when the test ends.

use std::path::PathBuf;

use clausa_core::random::SystemRandom;
use clausa_store::Store;
use clausa_store::sealed::{KeyEncryptionKey, Sealer};
use tempfile::TempDir;
use zeroize::Zeroizing;

/// A fresh SQLite database in a temporary folder.
///
/// It is sealed with a fixed key, so that it can be closed and opened again, or read by another sealer.
pub struct TestStore {
    store: Store,
    folder: TempDir,
}

impl TestStore {
    /// Makes one.
    pub async fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let store = open(&folder).await;
        Self { store, folder }
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The database file, for tests that look at its bytes.
    pub fn path(&self) -> PathBuf {
        database(&self.folder)
    }

    /// Closes the database and opens it again, as a restart would.
    pub async fn reopen(&mut self) {
        self.store.close().await;
        self.store = open(&self.folder).await;
    }
}

async fn open(folder: &TempDir) -> Store {
    let kek = KeyEncryptionKey::new(1, Zeroizing::new([0x6b; 32]));
    let sealer = Sealer::new(vec![kek], SystemRandom).expect("one key seals");
    Store::open_sqlite(&database(folder), sealer)
        .await
        .expect("a fresh database opens")
}

fn database(folder: &TempDir) -> PathBuf {
    folder.path().join("authority.db")
}
