//! What is reported, in words and as JSON.

use std::io;
use std::time::Duration;

use serde_json::{Value, json};

use super::load::{Measured, Used};
use super::target::Started;
use super::{Load, Pace};
use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome};
use crate::printer::Words;

/// The quantiles that are shown.
const QUANTILES: [(&str, f64); 4] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)];

/// The figures of one run.
pub struct Figures {
    origin: String,
    suite: Option<u16>,
    load: Load,
    idle: usize,
    measured: Measured,
}

impl Figures {
    /// Of what was measured.
    pub fn new(started: &Started, load: &Load, measured: Measured, idle: usize) -> Self {
        Self {
            origin: started.origin().to_string(),
            suite: started.suite(),
            load: load.clone(),
            idle,
            measured,
        }
    }

    /// A failure unless every answer was right.
    pub fn verdict(&self) -> Outcome {
        let Measured {
            refused,
            failed,
            licences,
            reasons,
            ..
        } = &self.measured;
        if refused + failed == 0 && *licences > 0 {
            return Ok(());
        }
        let reason = reasons
            .first()
            .map(String::as_str)
            .unwrap_or("no request was answered in time");
        Err(Failure::new(
            Kind::BenchFailed,
            format!("{refused} licences were refused and {failed} requests failed: {reason}"),
        ))
    }

    /// For programs. Times are in microseconds and memory in bytes; what is not known is null.
    pub fn json(&self) -> Value {
        let measured = &self.measured;
        let mut latency: serde_json::Map<String, Value> = QUANTILES
            .iter()
            .map(|(name, quantile)| {
                (
                    (*name).to_owned(),
                    measured.latencies.value_at_quantile(*quantile).into(),
                )
            })
            .collect();
        latency.insert("max".to_owned(), measured.latencies.max().into());
        let (pace, rate) = self.pace();
        json!({
            "authority": self.origin,
            "suite": self.suite,
            "loop": pace,
            "rate": rate,
            "clients": self.load.clients,
            "tenants": self.load.tenants,
            "batch": self.load.batch,
            "idle_connections": self.idle,
            "seconds": measured.took.as_secs_f64(),
            "requests": measured.requests,
            "licences": measured.licences,
            "refused": measured.refused,
            "failed": measured.failed,
            "reasons": measured.reasons,
            "licences_per_second": self.per_second(),
            "latency_micros": latency,
            "authority_micros_per_licence": self.each(measured.authority),
            "generator_micros_per_licence": self.each(measured.generator),
            "authority_to_generator": self.ratio(),
            "authority_processors": self.processors(measured.authority),
            "authority_memory": measured.authority.map(|used| used.memory),
            "authority_most_memory": measured.authority.map(|used| used.most_memory),
        })
    }

    /// For people.
    pub fn words(&self, words: &mut Words<'_>) -> io::Result<()> {
        let measured = &self.measured;
        let suite = self
            .suite
            .map(|suite| format!(", suite {suite}"))
            .unwrap_or_default();
        words.heading(&format!("{}{suite}", self.origin))?;
        let (pace, rate) = self.pace();
        let rate = rate
            .map(|rate| format!(", {rate} requests/s"))
            .unwrap_or_default();
        words.field(
            "load",
            &format!(
                "{} clients of {} organisations, {pace} loop{rate}, {} a request, {} idle connections",
                self.load.clients, self.load.tenants, self.load.batch, self.idle
            ),
        )?;
        words.field(
            "licences",
            &format!(
                "{} in {:.1} s: {:.0}/s; refused {}, failed {}",
                measured.licences,
                measured.took.as_secs_f64(),
                self.per_second(),
                measured.refused,
                measured.failed
            ),
        )?;
        let mut latency: Vec<String> = QUANTILES
            .iter()
            .map(|(name, quantile)| {
                format!(
                    "{name} {}",
                    millis(measured.latencies.value_at_quantile(*quantile))
                )
            })
            .collect();
        latency.push(format!("max {}", millis(measured.latencies.max())));
        words.field("latency", &latency.join(", "))?;
        if let Some(used) = measured.authority {
            words.field(
                "authority",
                &format!(
                    "{:.0} µs of processor a licence, {:.2} processors, {} MiB of memory ({} at most)",
                    self.each(measured.authority).unwrap_or_default(),
                    self.processors(measured.authority).unwrap_or_default(),
                    used.memory >> 20,
                    used.most_memory >> 20
                ),
            )?;
        }
        if let Some(each) = self.each(measured.generator) {
            words.field("generator", &format!("{each:.0} µs of processor a licence"))?;
        }
        Ok(())
    }

    fn pace(&self) -> (&'static str, Option<u32>) {
        match self.load.pace {
            Pace::Closed => ("closed", None),
            Pace::Open { per_second } => ("open", Some(per_second)),
        }
    }

    fn per_second(&self) -> f64 {
        self.measured.licences as f64 / self.measured.took.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// Processor time a licence in microseconds.
    fn each(&self, used: Option<Used>) -> Option<f64> {
        let used = used.filter(|_| self.measured.licences > 0)?;
        Some(used.processor.as_secs_f64() * 1e6 / self.measured.licences as f64)
    }

    fn ratio(&self) -> Option<f64> {
        let generator = self.each(self.measured.generator).filter(|each| *each > 0.0)?;
        Some(self.each(self.measured.authority)? / generator)
    }

    fn processors(&self, used: Option<Used>) -> Option<f64> {
        let took = Some(self.measured.took).filter(|took| *took > Duration::ZERO)?;
        Some(used?.processor.as_secs_f64() / took.as_secs_f64())
    }
}

fn millis(micros: u64) -> String {
    format!("{:.1} ms", micros as f64 / 1e3)
}
