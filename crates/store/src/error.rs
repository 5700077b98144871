//! Why the store could not do what it was asked.

use std::sync::Arc;

/// Why the store could not do what it was asked, ordered by whose fault it is.
///
/// A lost race or a wrong code is no error: repositories answer those with typed outcomes.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The permit was given for something else than this method does.
    #[error("permit for {given} does not cover {needed}")]
    PermitScope {
        /// What the permit was given for.
        given: &'static str,
        /// What the method does.
        needed: &'static str,
    },
    /// A transaction that only reads tried to write.
    #[error("this transaction only reads")]
    ReadOnly,
    /// A row points to one that does not exist, or is still pointed to.
    #[error("a row refers to one that does not exist")]
    Reference,
    /// A row breaks a rule of its table that no outcome of the method stands for.
    #[error("a row breaks a rule of its table")]
    Constraint(#[source] DatabaseFailure),
    /// The transaction's closure took longer than [`crate::store::TRANSACTION_LIMIT`]; nothing of it was kept.
    #[error("the transaction took too long")]
    TooLong,
    /// The transaction's closure panicked; nothing of it was kept.
    #[error("the transaction panicked")]
    Panicked,
    /// The store is closed, or closing.
    #[error("the store is closed")]
    Closed,
    /// The database is used by somebody else for too long; worth another try.
    #[error("the database is busy")]
    Busy,
    /// The database cannot be reached, or the connection broke before anything was committed; nothing of the
    /// transaction was kept.
    #[error("the database cannot be reached")]
    Unreachable(#[source] DatabaseFailure),
    /// The connection broke while the transaction was being committed, and the database did not say in time what became
    /// of it: it is kept or it is not.
    #[error("the database went away while it was committing; whether the transaction was kept is not known")]
    Uncertain,
    /// There is no space left for the database; nothing of the transaction was kept.
    #[error("no space is left for the database")]
    Full,
    /// The database's address or user is one that the store will not work with.
    #[error("{reason}")]
    Refused {
        /// Why, and what to do about it.
        reason: String,
    },
    /// The database's file cannot be written: a read-only or failing disk, a quota. Nothing of the transaction was
    /// kept.
    #[error("the database cannot be written")]
    Unwritable(#[source] DatabaseFailure),
    /// The database's schema is newer than this program, or not a schema of this program at all.
    #[error("the database's schema is unknown: {reason}")]
    UnknownSchema {
        /// What does not fit.
        reason: String,
    },
    /// A copy into this database was interrupted before its end; nothing of what was to be copied is in it.
    #[error(
        "a copy into this database was interrupted: run the same `clausa admin copy` or `restore` again, which begins anew"
    )]
    Unfinished,
    /// A database that was to be filled has something in it.
    #[error("the database is not empty: {reason}")]
    Occupied {
        /// What is in it.
        reason: String,
    },
    /// A database that has to be at rest is used by somebody.
    #[error("the database is in use: {reason}")]
    InUse {
        /// By whom, as far as can be known.
        reason: String,
    },
    /// A copy is not what it was made from.
    #[error("the copy is not whole: {reason}")]
    Unlike {
        /// What differs.
        reason: String,
    },
    /// A stored value cannot be what it should be.
    #[error("the stored value of {what} is not readable")]
    Corrupt {
        /// Which value.
        what: &'static str,
    },
    /// A sealed value does not open with any key-encryption key given, or was moved from another row.
    #[error("the sealed value of {column} does not open")]
    Sealed {
        /// Which column.
        column: &'static str,
    },
    /// The source of randomness failed, so nothing could be sealed.
    #[error("randomness failed")]
    Randomness,
    /// The database failed.
    #[error("the database failed")]
    Database(#[source] DatabaseFailure),
}

impl StoreError {
    /// True when the same transaction may work when tried again.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Busy | Self::TooLong | Self::Unreachable(_))
    }
}

/// What the database driver said; shared, because a failed commit fails every transaction of its group.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct DatabaseFailure(Arc<dyn std::error::Error + Send + Sync>);

impl DatabaseFailure {
    pub(crate) fn new(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self(Arc::new(cause))
    }
}
