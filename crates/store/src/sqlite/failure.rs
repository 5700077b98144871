//! What SQLite's errors mean.

use crate::error::{DatabaseFailure, StoreError};

/// Primary result codes (sqlite.org/rescode.html); extended ones keep them in their low byte.
mod code {
    pub(super) const BUSY: u32 = 5;
    pub(super) const LOCKED: u32 = 6;
    pub(super) const READ_ONLY: u32 = 8;
    pub(super) const FULL: u32 = 13;
    pub(super) const CONSTRAINT: u32 = 19;
    /// Extended: SQLITE_CONSTRAINT_FOREIGNKEY.
    pub(super) const FOREIGN_KEY: u32 = 787;
}

/// Translates a driver's error.
pub(super) fn translate(error: sqlx::Error) -> StoreError {
    let number = match &error {
        sqlx::Error::Database(failure) => failure.code().and_then(|text| text.parse::<u32>().ok()),
        sqlx::Error::PoolClosed => return StoreError::Closed,
        sqlx::Error::PoolTimedOut => return StoreError::Busy,
        _ => None,
    };
    match number {
        Some(code::FOREIGN_KEY) => StoreError::Reference,
        Some(number) => match number & 0xff {
            code::BUSY | code::LOCKED => StoreError::Busy,
            code::READ_ONLY => StoreError::ReadOnly,
            code::FULL => StoreError::Full,
            code::CONSTRAINT => StoreError::Constraint(DatabaseFailure::new(error)),
            _ => StoreError::Database(DatabaseFailure::new(error)),
        },
        None => StoreError::Database(DatabaseFailure::new(error)),
    }
}
