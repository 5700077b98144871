//! A point in time as the database keeps it.

use clausa_core::time::Timestamp;

/// Microseconds since 1970-01-01 UTC, by the authority's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Micros(pub u64);

impl Micros {
    /// Microseconds in a second.
    pub const SECOND: u64 = 1_000_000;

    /// This much later, at most the end of time.
    #[must_use]
    pub const fn plus_seconds(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(Self::SECOND)))
    }

    /// This much earlier, at least 1970.
    #[must_use]
    pub const fn minus_seconds(self, seconds: u64) -> Self {
        Self(self.0.saturating_sub(seconds.saturating_mul(Self::SECOND)))
    }

    /// Whole seconds since 1970.
    pub const fn seconds(self) -> u64 {
        self.0 / Self::SECOND
    }

    /// The second it lies in.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_seconds(self.seconds())
    }
}

impl From<Timestamp> for Micros {
    fn from(second: Timestamp) -> Self {
        Self(0).plus_seconds(second.seconds())
    }
}
