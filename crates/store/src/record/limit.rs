//! Rate limits: token buckets (`SEC-81`).

/// A bucket's size and speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// How many may come at once; at least 1.
    pub capacity: u32,
    /// Microseconds until one more may come.
    pub refill_micros: u64,
}

impl Bucket {
    /// A bucket of `capacity` that fills up again in `seconds`.
    pub const fn per(capacity: u32, seconds: u64) -> Self {
        let capacity = if capacity == 0 { 1 } else { capacity };
        Self {
            capacity,
            refill_micros: seconds.saturating_mul(1_000_000) / capacity as u64,
        }
    }
}

/// What a bucket answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// Go on.
    Allowed,
    /// Too many: wait this long.
    RetryAfter {
        /// Microseconds until the next one is allowed.
        micros: u64,
    },
}
