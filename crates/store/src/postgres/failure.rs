//! What PostgreSQL's errors mean.

use crate::error::{DatabaseFailure, StoreError};

/// Translates a driver's error (SQLSTATE: postgresql.org/docs/current/errcodes-appendix.html).
pub(super) fn translate(error: sqlx::Error) -> StoreError {
    let code = match &error {
        sqlx::Error::Database(failure) => failure.code().map(|code| code.into_owned()),
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
            return StoreError::Unreachable(DatabaseFailure::new(error));
        }
        _ => None,
    };
    match code.as_deref() {
        // Collided with another transaction, a deadlock, a lock waited for too long, no connection or memory free.
        Some("40001" | "40P01" | "55P03" | "53200" | "53300") => StoreError::Busy,
        Some("57014") => StoreError::TooLong,
        Some("25006") => StoreError::ReadOnly,
        Some("53100") => StoreError::Full,
        Some("23503") => StoreError::Reference,
        Some(code) if code.starts_with("23") || code.starts_with("22") => {
            StoreError::Constraint(DatabaseFailure::new(error))
        }
        // Shut down by its operator, crashed, starting up, or a connection that broke.
        Some(code) if code.starts_with("57P") || code.starts_with("08") => {
            StoreError::Unreachable(DatabaseFailure::new(error))
        }
        _ => StoreError::Database(DatabaseFailure::new(error)),
    }
}

/// True when the whole transaction is lost with it, and may work when it is run again from the start.
pub(super) fn loses_transaction(error: &StoreError) -> bool {
    matches!(error, StoreError::Busy | StoreError::Unreachable(_))
}
