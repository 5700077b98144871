//! The wall clock, the one place that reads it.

use std::time::{SystemTime, UNIX_EPOCH};

use clausa_core::time::Clock;

/// The operating system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this type is the door to the wall clock"
    )]
    fn micros(&self) -> u64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .ok()
            .and_then(|since| u64::try_from(since.as_micros()).ok())
            .unwrap_or_default()
    }
}
