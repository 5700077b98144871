//! Counts of cases, so that a sweep which sweeps nothing is noticed.

use std::collections::BTreeMap;

use crate::subject::Verdict;

/// How often which kind of damage was tried, and what it came to.
#[derive(Default)]
pub struct Tally {
    kinds: BTreeMap<&'static str, Count>,
}

#[derive(Default)]
struct Count {
    cases: usize,
    /// Refused before any reader of the body could be made.
    by_header: usize,
    /// Bytes that pipes let out before they refused, all of them true.
    released: usize,
}

impl Tally {
    pub fn add(&mut self, kind: &'static str, verdict: Verdict) {
        let count = self.kinds.entry(kind).or_default();
        count.cases += 1;
        match verdict {
            Verdict::Header => count.by_header += 1,
            Verdict::Body { released } => count.released += released,
        }
    }

    /// Prints the counts; each of these kinds must have had cases.
    pub fn report(&self, file: &str, expected: &[&str]) {
        for (kind, count) in &self.kinds {
            println!(
                "{file}: {kind}: {} cases, 0 accepted ({} refused by the header; {} true bytes let out by pipes)",
                count.cases, count.by_header, count.released
            );
        }
        for kind in expected {
            assert!(self.kinds.contains_key(kind), "{file}: no case of {kind}");
        }
    }

    pub fn cases(&self, kind: &str) -> usize {
        self.kinds.get(kind).map_or(0, |count| count.cases)
    }
}
