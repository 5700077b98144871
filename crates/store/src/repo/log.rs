//! The log.

use async_trait::async_trait;

use crate::error::StoreError;
use crate::permit::Permit;
use crate::record::log::{LogDraft, LogEntry, LogFilter};

/// The log of the permit's tenant: one gapless sequence, append only.
#[async_trait]
pub trait Log {
    /// Appends an entry and says its position. Every permit may: each act is logged where it happened.
    async fn append_log(&mut self, permit: &Permit, entry: &LogDraft) -> Result<u64, StoreError>;

    /// Entries that the permit shows, in the order of their positions. For `ReadLog`; in a tenant without an
    /// administrator, and to everybody but him, those are one's own acts and what was done to one's own files.
    async fn log(&mut self, permit: &Permit, filter: &LogFilter) -> Result<Vec<LogEntry>, StoreError>;
}
