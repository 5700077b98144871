//! Looking after a database that an authority uses, or used: checking it through, and copying it.

use std::path::Path;

use crate::error::StoreError;
use crate::postgres::whole::WholeServer;
use crate::sealed::Sealer;
use crate::sqlite::upkeep;
use crate::sqlite::whole::WholeFile;
use crate::whole::{Extent, Whole, examine};

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

/// Where a database is.
#[derive(Clone, Copy, Debug)]
pub enum Location<'a> {
    /// A SQLite file.
    File(&'a Path),
    /// A PostgreSQL database.
    Server {
        /// `postgres://user@host/name`, without a password.
        url: &'a str,
        /// The user's password, unless another way in is used.
        password: Option<&'a str>,
    },
}

/// Whether the source of a copy may be in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Nobody may use it, because it is to be left behind: what is written meanwhile would be lost. Held to as far as can
    /// be known.
    AtRest,
    /// The copy is the state of one moment.
    MayRun,
}

/// Reads a whole database through, beside whoever uses it: a file's pages and references, every sealed value, and every
/// tenant's log from its first entry to its head. Nothing is changed.
///
/// # Errors
///
/// [`StoreError::UnknownSchema`] when a newer version or something else wrote it, [`StoreError::Unfinished`] when a copy
/// into it was interrupted, else what the database says. What is found wrong inside is no error.
pub async fn check(at: Location<'_>, sealer: &Sealer) -> Result<Examination, StoreError> {
    let (mut whole, (schema, pending), problems): (Box<dyn Whole>, _, _) = match at {
        Location::File(path) => {
            let path = path.to_owned();
            let (file, state, problems) = aside(move || upkeep::check(&path)).await?;
            (Box::new(file), state, problems)
        }
        Location::Server { url, password } => {
            let (server, state) = WholeServer::look(url, password).await?;
            (Box::new(server), state, Vec::new())
        }
    };
    let extent = match pending {
        0 => Extent::WithLogs,
        _ => Extent::WithoutLogs,
    };
    let mut found = match problems.is_empty() {
        true => examine(&mut *whole, sealer, extent).await?,
        false => Examination::default(),
    };
    whole.leave().await;
    found.problems.extend(problems);
    (found.schema, found.pending) = (schema, pending);
    Ok(found)
}

/// Copies every row of one database into another, which has to be empty or left from an interrupted copy, and reads the
/// copy through. It is kept as a whole or not at all: until the end the target says of itself that it is not finished.
///
/// # Errors
///
/// [`StoreError::Occupied`] for a target with something in it, [`StoreError::InUse`] for a source that has to be at rest
/// and is not, [`StoreError::UnknownSchema`] for a source of another version, [`StoreError::Unlike`] when the copy is not
/// what it was made from; else what the databases say. What is found wrong in the source is in the answer, and nothing is
/// kept then.
pub async fn copy(
    from: Location<'_>,
    to: Location<'_>,
    sealer: &Sealer,
    source: Use,
) -> Result<Examination, StoreError> {
    let (mut reading, (schema, pending)): (Box<dyn Whole>, _) = match (from, source) {
        (Location::File(path), Use::AtRest) => boxed(WholeFile::alone(path)?),
        (Location::File(path), Use::MayRun) => boxed(WholeFile::look(path)?),
        (Location::Server { url, password }, Use::AtRest) => boxed(WholeServer::alone(url, password).await?),
        (Location::Server { url, password }, Use::MayRun) => boxed(WholeServer::look(url, password).await?),
    };
    if pending > 0 {
        reading.leave().await;
        return Err(StoreError::UnknownSchema {
            reason: format!("{pending} migrations are to come: run `clausa admin migrate` first"),
        });
    }
    let mut writing: Box<dyn Whole> = match to {
        Location::File(path) => Box::new(WholeFile::target(path)?),
        Location::Server { url, password } => Box::new(WholeServer::target(url, password).await?),
    };
    let copied = crate::whole::copy(&mut *reading, &mut *writing, sealer).await;
    reading.leave().await;
    match copied {
        Ok(found) if found.problems.is_empty() => {
            writing.finish().await?;
            Ok(Examination { schema, ..found })
        }
        other => {
            writing.leave().await;
            other.map(|found| Examination { schema, ..found })
        }
    }
}

fn boxed<W: Whole + 'static>((whole, state): (W, (u32, u32))) -> (Box<dyn Whole>, (u32, u32)) {
    (Box::new(whole), state)
}

/// The newest migration applied to a database, and how many this program would still apply. Nothing is changed.
///
/// # Errors
///
/// As [`check`].
pub async fn schema(at: Location<'_>) -> Result<(u32, u32), StoreError> {
    match at {
        Location::File(path) => {
            let path = path.to_owned();
            aside(move || upkeep::schema(&path)).await
        }
        Location::Server { url, password } => {
            let (server, state) = WholeServer::look(url, password).await?;
            Box::new(server).leave().await;
            Ok(state)
        }
    }
}

/// Whether there is nothing at all in a PostgreSQL database, so that a first start may make an authority of it.
///
/// # Errors
///
/// What keeps a node from using it: a wrong password, no such database, a user whom no wall binds.
pub async fn is_empty_postgres(url: &str, password: Option<&str>) -> Result<bool, StoreError> {
    WholeServer::is_empty(url, password).await
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

/// Reading a whole database takes long, so that it gets a thread of its own.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or(Err(StoreError::Panicked))
}
