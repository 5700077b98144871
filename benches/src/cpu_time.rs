//! Processor time instead of time by the clock: the same on a busy machine.

use std::time::{Duration, Instant};

use criterion::measurement::{Measurement, ValueFormatter, WallTime};

/// Measures the processor time of the benchmark's thread where the system tells it (Linux), and time by the clock
/// elsewhere. What a benchmark does on other threads is not counted.
pub struct CpuTime {
    clock: WallTime,
    begun: Instant,
}

impl CpuTime {
    /// The processor time that this thread has taken so far.
    fn now(&self) -> Duration {
        // The system brings its books up to date when a thread gives way.
        std::thread::yield_now();
        // Nanoseconds on a processor, nanoseconds waiting for one, time slices.
        let nanoseconds = std::fs::read_to_string("/proc/thread-self/schedstat")
            .ok()
            .and_then(|text| text.split(' ').next()?.parse().ok());
        nanoseconds.map_or_else(|| self.begun.elapsed(), Duration::from_nanos)
    }
}

impl Default for CpuTime {
    fn default() -> Self {
        Self {
            clock: WallTime,
            begun: Instant::now(),
        }
    }
}

impl Measurement for CpuTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        self.now()
    }

    fn end(&self, start: Duration) -> Duration {
        self.now().saturating_sub(start)
    }

    fn add(&self, first: &Duration, second: &Duration) -> Duration {
        *first + *second
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        self.clock.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        self.clock.formatter()
    }
}
