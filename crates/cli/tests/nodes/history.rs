//! What clients were answered, held against real time and against the database.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use clausa_core::id::{ContentId, LicenceId};

use crate::cluster::Cluster;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A licence that verified and opened.
    Licence(LicenceId),
    /// None, because access was revoked.
    Refused,
    Revoked,
    /// No answer, or one that says that it cannot be done now.
    Failed,
}

#[derive(Clone, Copy, Debug)]
pub struct Call {
    pub content: ContentId,
    pub begun: Instant,
    pub ended: Instant,
    pub answer: Answer,
}

#[derive(Debug, Default)]
pub struct History {
    calls: Vec<Call>,
    pub failures: Vec<String>,
}

impl History {
    pub fn note(&mut self, call: Call) {
        self.calls.push(call);
    }

    pub fn extend(&mut self, other: Self) {
        self.calls.extend(other.calls);
        self.failures.extend(other.failures);
    }

    /// Calls that were not answered.
    pub fn failed(&self) -> usize {
        self.calls
            .iter()
            .filter(|call| call.answer == Answer::Failed)
            .count()
    }

    /// No licence for a call that began after a revocation of its file had been answered; each licence has its row and its
    /// entry in the log; no log has a gap; no two checkpoints of one tree disagree. In calm, nothing else is there either.
    #[track_caller]
    pub fn check(&self, cluster: &Cluster, calm: bool) {
        let mut revoked: HashMap<ContentId, Instant> = HashMap::new();
        for call in self.calls.iter().filter(|call| call.answer == Answer::Revoked) {
            let first = revoked.entry(call.content).or_insert(call.ended);
            *first = call.ended.min(*first);
        }
        let late: Vec<&Call> = self
            .calls
            .iter()
            .filter(|call| {
                revoked
                    .get(&call.content)
                    .is_some_and(|answered| *answered < call.begun)
            })
            .collect();
        let is_licence = |call: &&Call| matches!(call.answer, Answer::Licence(_));
        let violations: Vec<_> = late.iter().copied().filter(is_licence).collect();
        assert!(
            violations.is_empty(),
            "{} violations: {:?}",
            violations.len(),
            violations.first()
        );

        let ask = |query: &str| cluster.database.sql(query);
        let licences: Vec<String> = self
            .calls
            .iter()
            .filter_map(|call| match call.answer {
                Answer::Licence(id) => Some(id.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()),
                _ => None,
            })
            .collect();
        let stored = ask("SELECT encode(licence, 'hex') FROM licences");
        let stored: HashSet<&str> = stored.lines().collect();
        let without_row = licences.iter().filter(|id| !stored.contains(id.as_str())).count();
        assert_eq!(without_row, 0, "licences without a row");
        assert_eq!(
            ask(WITHOUT_ENTRY),
            "0",
            "licences without an entry in the log, or entries without one"
        );
        assert_eq!(ask(GAPS), "0", "logs with gaps");
        assert_eq!(
            ask(AFTER_REVOCATION),
            "0",
            "licences after a revocation, in the log's order"
        );
        if calm {
            assert_eq!(stored.len(), licences.len());
        }
        println!(
            "{} calls, {} of them after a revocation; {} licences, {} stored; {} failed",
            self.calls.len(),
            late.len(),
            licences.len(),
            stored.len(),
            self.failed(),
        );
        assert!(
            late.len() > self.calls.len() / 50 && licences.len() > self.calls.len() / 10,
            "{} late calls and {} licences prove little",
            late.len(),
            licences.len()
        );
    }
}

const WITHOUT_ENTRY: &str = "SELECT COUNT(*) FROM \
     (SELECT tenant, content, account, COUNT(*) AS n FROM licences GROUP BY tenant, content, account) AS l FULL JOIN \
     (SELECT tenant, content, account, COUNT(*) AS n FROM log WHERE request = 'AcquireLicense' AND result = 'Success' \
      GROUP BY tenant, content, account) AS e USING (tenant, content, account) WHERE l.n IS DISTINCT FROM e.n";
const GAPS: &str = "SELECT COUNT(*) FROM (SELECT tenant FROM log GROUP BY tenant \
     HAVING MAX(sequence) <> COUNT(*) OR MIN(sequence) <> 1) AS gaps";
const AFTER_REVOCATION: &str = "SELECT COUNT(*) FROM log l JOIN log r ON r.tenant = l.tenant AND r.content = l.content \
     AND r.sequence < l.sequence WHERE l.result = 'Success' AND l.request = 'AcquireLicense' \
     AND r.request = 'RevokeAccess' AND r.result = 'Success'";
