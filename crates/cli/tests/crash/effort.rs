//! How much is tried, and a source of chance that can be repeated.

use crate::faults::Call;

/// From this many random moments on, every call is tried in every way.
const THOROUGH: usize = 100;

/// How many random moments of each command to kill it at.
pub fn points() -> usize {
    number("CLAUSA_CRASH_POINTS").map_or(10, |points| usize::try_from(points).unwrap())
}

/// True when every call is to be tried in every way.
pub fn is_thorough() -> bool {
    points() >= THOROUGH
}

/// Chance from a seed: the generator xorshift64*.
pub struct Chance(u64);

impl Chance {
    /// From `CLAUSA_CRASH_SEED`, or else from the clock; says which, so that the run can be repeated.
    pub fn from_environment() -> Self {
        let now = || std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos();
        let seed = number("CLAUSA_CRASH_SEED").unwrap_or_else(|| now() as u64) | 1;
        println!("CLAUSA_CRASH_SEED={seed}");
        Self(seed)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % end.max(1)
    }
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name}={text} is not a number")),
    )
}

/// The calls at which to do something: all of them, or in a short run those that differ from the one before or after.
pub fn worth_trying(calls: &[Call]) -> Vec<usize> {
    let differ = |a: &Call, b: &Call| (&a.name, &a.path) != (&b.name, &b.path);
    let is_edge = |index: usize| {
        index == 0
            || index + 1 == calls.len()
            || differ(&calls[index - 1], &calls[index])
            || differ(&calls[index], &calls[index + 1])
    };
    // Now and then a run writes a little more than the one that was counted.
    let spare = if is_thorough() { 10 } else { 0 };
    (0..calls.len() + spare)
        .filter(|index| is_thorough() || is_edge(*index))
        .collect()
}
