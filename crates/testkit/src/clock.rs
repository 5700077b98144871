//! A clock in the hand of the test.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use clausa_core::time::{Clock, DAY, Timestamp};

/// A clock that stands still until a test moves it. Clones show the same time.
#[derive(Debug, Clone)]
pub struct ManualClock {
    micros: Arc<AtomicU64>,
}

impl ManualClock {
    /// Where [`ManualClock::default`] starts: 2026-11-21T09:00:00Z.
    pub const START: Timestamp = Timestamp::from_seconds(1_795_251_600);

    /// A clock that shows `at`.
    pub fn new(at: Timestamp) -> Self {
        Self {
            micros: Arc::new(AtomicU64::new(at.seconds().saturating_mul(1_000_000))),
        }
    }

    /// Sets the clock, forwards or backwards.
    pub fn set(&self, at: Timestamp) {
        self.micros
            .store(at.seconds().saturating_mul(1_000_000), Ordering::SeqCst);
    }

    /// Moves the clock forwards.
    pub fn advance_seconds(&self, seconds: u64) {
        self.micros
            .fetch_add(seconds.saturating_mul(1_000_000), Ordering::SeqCst);
    }

    /// Moves the clock forwards by days of 86 400 seconds.
    pub fn advance_days(&self, days: u64) {
        self.advance_seconds(days.saturating_mul(DAY));
    }

    /// Moves the clock backwards, at most to 1970: what a person does who wants an expired licence to work.
    pub fn rewind_seconds(&self, seconds: u64) {
        let back = seconds.saturating_mul(1_000_000);
        let _ = self
            .micros
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |micros| {
                Some(micros.saturating_sub(back))
            });
    }

    /// This clock as the trait object that the product takes.
    pub fn shared(&self) -> Arc<dyn Clock> {
        Arc::new(self.clone())
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new(Self::START)
    }
}

impl Clock for ManualClock {
    fn micros(&self) -> u64 {
        self.micros.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_show_the_same_time_and_only_tests_move_it() {
        let clock = ManualClock::default();
        let seen = clock.shared();
        assert_eq!(seen.now().to_string(), "2026-11-21T09:00:00Z");
        clock.advance_days(1);
        clock.advance_seconds(90);
        assert_eq!(seen.now().to_string(), "2026-11-22T09:01:30Z");
        clock.rewind_seconds(90);
        assert_eq!(seen.now(), ManualClock::START.plus_days(1));
        clock.rewind_seconds(u64::MAX);
        assert_eq!(seen.micros(), 0);
    }
}
