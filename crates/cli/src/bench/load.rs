//! Asking: every person in a task of his own, latencies in a histogram each.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clausa_client::{LicensableFile, OpenError};
use clausa_core::origin::Origin;
use hdrhistogram::Histogram;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use super::people::Person;
use super::process::Usage;
use super::target::Started;
use super::{Load, Pace, broken};
use crate::failure::Outcome;

/// Latencies are kept in microseconds to three digits; nothing is waited for longer than this.
const LONGEST_MICROS: u64 = 120_000_000;
/// How many reasons of failures are kept to be shown.
const REASONS: usize = 3;

/// What came of all requests.
pub struct Measured {
    /// Of requests, in microseconds.
    pub latencies: Histogram<u64>,
    /// Requests that were sent while it was measured, and answered.
    pub requests: u64,
    /// Licences that fit and were opened.
    pub licences: u64,
    /// Licences that the authority refused.
    pub refused: u64,
    /// Errors, and answers that do not fit.
    pub failed: u64,
    /// What some of the refusals and failures were.
    pub reasons: Vec<String>,
    /// From the first moment measured to the last answer.
    pub took: Duration,
    /// What the authority used meanwhile.
    pub authority: Option<Used>,
    /// What this process used meanwhile.
    pub generator: Option<Used>,
}

/// What a process used.
#[derive(Clone, Copy, Debug)]
pub struct Used {
    /// While it was measured.
    pub processor: Duration,
    /// At the end, in bytes.
    pub memory: u64,
    /// Ever, in bytes.
    pub most_memory: u64,
}

/// Opens connections that ask once whether the authority lives, and then for nothing.
pub async fn keep_open(origin: &Origin, count: u32) -> Outcome<Vec<TcpStream>> {
    let address = origin.authority().to_owned();
    if count > 0 && origin.is_https() {
        return Err(broken("idle connections are kept open over plain HTTP only"));
    }
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: {address}\r\n\r\n",
        clausa_api::paths::HEALTH_LIVE
    );
    let mut open = Vec::with_capacity(count as usize);
    for _ in 0..count {
        let failed = |error: std::io::Error| broken(format!("a connection could not be opened: {error}"));
        let mut stream = TcpStream::connect(&address).await.map_err(failed)?;
        stream.write_all(request.as_bytes()).await.map_err(failed)?;
        stream.readable().await.map_err(failed)?;
        open.push(stream);
    }
    Ok(open)
}

/// Lets everybody ask, and adds up what came of it.
pub async fn run(started: &Started, people: Vec<Person>, load: &Load) -> Outcome<Measured> {
    let begin = Instant::now();
    let plan = Plan {
        begin,
        from: begin + load.warm_up,
        until: begin + load.warm_up + load.measure,
        batch: load.batch as usize,
        arrivals: Arc::default(),
        between: match load.pace {
            Pace::Closed => None,
            Pace::Open { per_second } => Some(Duration::from_secs(1) / per_second),
        },
    };
    let tasks: Vec<_> = people
        .into_iter()
        .enumerate()
        .map(|(number, person)| tokio::spawn(ask_again(person, number, plan.clone())))
        .collect();
    sleep_until(plan.from).await;
    let before = (started.usage(), Usage::own());
    let mut sum = Counted::new()?;
    for task in tasks {
        let counted = task.await.map_err(|error| broken(error.to_string()))?;
        sum.add(counted?)?;
    }
    let took = plan.from.elapsed();
    let after = (started.usage(), Usage::own());
    Ok(Measured {
        latencies: sum.latencies,
        requests: sum.requests,
        licences: sum.licences,
        refused: sum.refused,
        failed: sum.failed,
        reasons: sum.reasons,
        took,
        authority: used(before.0, after.0),
        generator: used(before.1, after.1),
    })
}

fn used(before: Option<Usage>, after: Option<Usage>) -> Option<Used> {
    let (before, after) = before.zip(after)?;
    Some(Used {
        processor: after.processor.saturating_sub(before.processor),
        memory: after.memory,
        most_memory: after.most_memory,
    })
}

#[derive(Clone)]
struct Plan {
    begin: Instant,
    /// Requests that are due before are not counted.
    from: Instant,
    until: Instant,
    batch: usize,
    /// Requests taken so far, of everybody.
    arrivals: Arc<AtomicU64>,
    /// The time between two; `None` when each waits for his answer.
    between: Option<Duration>,
}

impl Plan {
    /// When the next request is due; `None` when it is over.
    async fn next(&self) -> Option<Instant> {
        let due = match self.between {
            None => Instant::now(),
            Some(between) => {
                let number = self.arrivals.fetch_add(1, Ordering::Relaxed);
                let nanos = u64::try_from(between.as_nanos()).unwrap_or(u64::MAX);
                let due = self.begin + Duration::from_nanos(number.saturating_mul(nanos));
                if due < self.until {
                    sleep_until(due).await;
                }
                due
            }
        };
        (due < self.until).then_some(due)
    }
}

struct Counted {
    latencies: Histogram<u64>,
    requests: u64,
    licences: u64,
    refused: u64,
    failed: u64,
    reasons: Vec<String>,
}

impl Counted {
    fn new() -> Outcome<Self> {
        let latencies =
            Histogram::new_with_max(LONGEST_MICROS, 3).map_err(|error| broken(error.to_string()))?;
        Ok(Self {
            latencies,
            requests: 0,
            licences: 0,
            refused: 0,
            failed: 0,
            reasons: Vec::new(),
        })
    }

    fn add(&mut self, other: Self) -> Outcome {
        self.latencies
            .add(other.latencies)
            .map_err(|error| broken(error.to_string()))?;
        self.requests += other.requests;
        self.licences += other.licences;
        self.refused += other.refused;
        self.failed += other.failed;
        for reason in other.reasons {
            self.note(reason);
        }
        Ok(())
    }

    fn note(&mut self, reason: String) {
        if self.reasons.len() < REASONS && !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    /// Counts what came for one file.
    fn count(&mut self, answer: Result<(), OpenError>) {
        match answer {
            Ok(()) => self.licences += 1,
            Err(error) => {
                match &error {
                    OpenError::Request(request) if request.problem().is_some() => self.refused += 1,
                    _ => self.failed += 1,
                }
                self.note(crate::failure::sentence(&error));
            }
        }
    }
}

/// One person, until it is over. What is wrong counts also before it is measured.
async fn ask_again(person: Person, number: usize, plan: Plan) -> Outcome<Counted> {
    let mut counted = Counted::new()?;
    let mut turn = number;
    while let Some(due) = plan.next().await {
        let files: Vec<&LicensableFile> = (0..plan.batch)
            .filter_map(|place| person.files.get((turn + place) % person.files.len().max(1)))
            .collect();
        turn += plan.batch;
        let answers = match files.as_slice() {
            [file] => vec![person.asker.ask(file).await.map(drop)],
            several => match person.asker.ask_for_all(several).await {
                Ok(answers) => answers.into_iter().map(|answer| answer.map(drop)).collect(),
                Err(error) => vec![Err(error.into())],
            },
        };
        let micros = u64::try_from(due.elapsed().as_micros()).unwrap_or(LONGEST_MICROS);
        let is_measured = due >= plan.from;
        for answer in answers {
            if is_measured || answer.is_err() {
                counted.count(answer);
            }
        }
        if is_measured {
            counted.requests += 1;
            counted.latencies.saturating_record(micros.max(1));
        }
    }
    Ok(counted)
}
