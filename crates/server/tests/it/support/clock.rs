//! A clock that stands still until the test moves it.

use std::sync::atomic::{AtomicU64, Ordering};

use clausa_core::time::{Clock, DAY};

pub struct StillClock(AtomicU64);

impl StillClock {
    /// 2026-11-21T09:00:00Z.
    pub fn new() -> Self {
        Self(AtomicU64::new(1_795_251_600_000_000))
    }

    pub fn advance_seconds(&self, seconds: u64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    pub fn advance_days(&self, days: u64) {
        self.advance_seconds(days * DAY);
    }
}

impl Clock for StillClock {
    fn micros(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}
