//! What SQLite's errors mean.

use rusqlite::Error;

use crate::error::{DatabaseFailure, StoreError};

/// Primary result codes (sqlite.org/rescode.html); extended ones keep them in their low byte.
mod code {
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const READ_ONLY: i32 = 8;
    pub(super) const FULL: i32 = 13;
    pub(super) const CONSTRAINT: i32 = 19;
    /// Extended: SQLITE_CONSTRAINT_FOREIGNKEY.
    pub(super) const FOREIGN_KEY: i32 = 787;
    /// Extended: SQLITE_IOERR_WRITE, _FSYNC, _DIR_FSYNC, _TRUNCATE, _SHMSIZE, _SHMOPEN.
    pub(super) const WRITING: [i32; 6] = [778, 1034, 1290, 1546, 4874, 4618];
}

/// Translates a driver's error.
pub(super) fn translate(error: Error) -> StoreError {
    let number = error.sqlite_error().map(|failure| failure.extended_code);
    match number {
        Some(code::FOREIGN_KEY) => StoreError::Reference,
        Some(number) if code::WRITING.contains(&number) => {
            StoreError::Unwritable(DatabaseFailure::new(Named(error)))
        }
        Some(number) => match number & 0xff {
            code::BUSY | code::LOCKED => StoreError::Busy,
            code::READ_ONLY => StoreError::ReadOnly,
            code::FULL => StoreError::Full,
            code::CONSTRAINT => StoreError::Constraint(DatabaseFailure::new(Named(error))),
            _ => StoreError::Database(DatabaseFailure::new(Named(error))),
        },
        None => StoreError::Database(DatabaseFailure::new(Named(error))),
    }
}

/// An error of the driver as text: what it holds besides is not everybody's to share between threads.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Named(Error);
