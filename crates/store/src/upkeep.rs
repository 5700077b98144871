//! Looking after a database that an authority uses, or used: checking it through, and copying it.

use std::path::Path;

use crate::error::StoreError;
use crate::sealed::Sealer;
use crate::sqlite::upkeep;

/// What an examination of a database found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examination {
    /// The newest migration that was applied.
    pub schema: u32,
    /// Migrations that this program would still apply.
    pub pending: u32,
    /// Tenants.
    pub tenants: u64,
    /// Log entries.
    pub log_entries: u64,
    /// Sealed values, all of which were opened.
    pub sealed_values: u64,
    /// What is wrong, in words for the operator, without any personal data; empty when all is well.
    pub problems: Vec<String>,
}

/// Reads a whole SQLite database through, beside whoever uses it: its pages, its references, every sealed value, and
/// every tenant's log from its first entry to its head. Nothing is changed.
///
/// # Errors
///
/// [`StoreError::UnknownSchema`] when a newer version or something else wrote the file, else what the database says.
/// What is found wrong inside is no error.
pub async fn check_sqlite(path: &Path, sealer: &Sealer) -> Result<Examination, StoreError> {
    let (path, sealer) = (path.to_owned(), sealer.clone());
    aside(move || upkeep::check(&path, &sealer)).await
}

/// Copies a SQLite database, beside whoever uses it, into the new file `target`: the state of one moment, readable by
/// its user alone, on disk when this returns.
///
/// # Errors
///
/// What the database or the file system says; `target` may be there half done then.
pub async fn copy_sqlite(path: &Path, target: &Path) -> Result<(), StoreError> {
    let (path, target) = (path.to_owned(), target.to_owned());
    aside(move || upkeep::copy(&path, &target)).await
}

/// The newest migration applied to a SQLite database, and how many this program would still apply. Nothing is changed.
///
/// # Errors
///
/// As [`check_sqlite`].
pub async fn schema_of_sqlite(path: &Path) -> Result<(u32, u32), StoreError> {
    let path = path.to_owned();
    aside(move || upkeep::schema(&path)).await
}

/// Reading a whole database takes long, so that it gets a thread of its own.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or(Err(StoreError::Panicked))
}
